#include "addon/invoke_async.h"

#include <memory>

namespace weightfold {
namespace {

constexpr char kDisposed[] = "the model has been disposed of";

struct Run {
  PlanModel* model;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
};

void Execute(napi_env, void* data) { static_cast<Run*>(data)->model->Invoke(); }

napi_value MakeError(napi_env env, const char* code, const char* message) {
  napi_value code_value, message_value, error = nullptr;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &code_value);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &message_value);
  napi_create_error(env, code_value, message_value, &error);
  return error;
}

void Complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<Run> run(static_cast<Run*>(data));
  run->model->End();
  if (run->model->disposed()) {
    napi_reject_deferred(env, run->deferred, MakeError(env, "DISPOSED", kDisposed));
  } else if (status != napi_ok) {
    napi_reject_deferred(env, run->deferred, MakeError(env, "ADDON", "the run was cancelled"));
  } else {
    napi_value undefined;
    napi_get_undefined(env, &undefined);
    napi_resolve_deferred(env, run->deferred, undefined);
  }
  napi_delete_async_work(env, run->work);
  run->model->Drop();
}

}  // namespace

PlanModel* ReadyModel(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  PlanModel* model = static_cast<PlanModel*>(data);
  if (model->disposed()) {
    napi_throw_error(env, "DISPOSED", kDisposed);
    return nullptr;
  }
  if (model->running()) {
    napi_throw_error(env, "BUSY", "the model is running already");
    return nullptr;
  }
  return model;
}

napi_value InvokeAsync(napi_env env, napi_callback_info info) {
  PlanModel* model = ReadyModel(env, info);
  if (model == nullptr) return nullptr;
  std::unique_ptr<Run> run(new Run{model});
  napi_value promise, name;
  const bool queued =
      napi_create_promise(env, &run->deferred, &promise) == napi_ok &&
      napi_create_string_utf8(env, "weightfold", NAPI_AUTO_LENGTH, &name) == napi_ok &&
      napi_create_async_work(env, nullptr, name, Execute, Complete, run.get(), &run->work) == napi_ok &&
      napi_queue_async_work(env, run->work) == napi_ok;
  if (!queued) {
    napi_throw_error(env, "ADDON", "cannot start a run");
    return nullptr;
  }
  model->Share()->Begin();
  run.release();
  return promise;
}

}  // namespace weightfold
