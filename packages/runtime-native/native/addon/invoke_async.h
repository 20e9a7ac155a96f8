#pragma once
#include <node_api.h>

#include "addon/plan_model.h"

namespace weightfold {

// The model that a function is bound to. Null with an exception pending when it was disposed of or is
// running.
PlanModel* ReadyModel(napi_env env, napi_callback_info info);

// invokeAsync(): Promise<void>, settled when a thread of libuv's pool has run the model.
napi_value InvokeAsync(napi_env env, napi_callback_info info);

}  // namespace weightfold
