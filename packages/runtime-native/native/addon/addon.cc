// The only file that knows Node-API. Typed by hand in src/native/addon.ts.
#include <napi.h>

#include "addon/container_decode.h"
#include "addon/element_loops.h"
#include "addon/load_plan.h"
#include "addon/quantize_channels.h"
#include "base/cpu.h"

namespace weightfold {
namespace {

Napi::Value CpuFeatureNames(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (uint32_t bit = 1; bit != 0; bit <<= 1) {
    const char* name = (CpuFeatures() & bit) ? CpuFeatureName(bit) : nullptr;
    if (name) names.Set(names.Length(), name);
  }
  return names;
}

Napi::Value AvailableIsas(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  int count;
  const Isa* isas = CompiledIsas(&count);
  for (int i = 0; i < count; ++i) {
    if ((isas[i].features & ~CpuFeatures()) == 0) names.Set(names.Length(), isas[i].name);
  }
  return names;
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("cpuFeatures", Napi::Function::New(env, CpuFeatureNames, "cpuFeatures"));
  exports.Set("availableIsas", Napi::Function::New(env, AvailableIsas, "availableIsas"));
  exports.Set("decodeContainer", Napi::Function::New(env, DecodeContainerBytes, "decodeContainer"));
  exports.Set("quantizeChannels", Napi::Function::New(env, QuantizeChannels, "quantizeChannels"));
  exports.Set("shiftCodes", Napi::Function::New(env, ShiftCodes, "shiftCodes"));
  exports.Set("selectRuns", Napi::Function::New(env, SelectRuns, "selectRuns"));
  exports.Set("zeroRuns", Napi::Function::New(env, ZeroRuns, "zeroRuns"));
  exports.Set("loadPlan", Napi::Function::New(env, LoadPlan, "loadPlan"));
  return exports;
}

}  // namespace
}  // namespace weightfold

static Napi::Object InitializeAddon(Napi::Env env, Napi::Object exports) {
  return weightfold::Initialize(env, exports);
}

NODE_API_MODULE(weightfold, InitializeAddon)
