#include "addon/quantize_channels.h"

#include "base/quantize_multiplier.h"

namespace weightfold {
namespace {

bool IsArrayOf(const Napi::Value& value, napi_typedarray_type type) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
}

bool HasArguments(const Napi::CallbackInfo& info) {
  return info.Length() == 7 && IsArrayOf(info[0], napi_float32_array) && info[1].IsNumber() &&
         info[2].IsNumber() && info[3].IsBoolean() && info[4].IsNumber() &&
         IsArrayOf(info[5], napi_int32_array) && IsArrayOf(info[6], napi_int32_array);
}

}  // namespace

Napi::Value QuantizeChannels(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!HasArguments(info)) throw Napi::Error::New(env, "quantizeChannels: wrong types of arguments");
  const Napi::Float32Array scales = info[0].As<Napi::Float32Array>();
  const double input = info[1].As<Napi::Number>().DoubleValue(),
               output = info[2].As<Napi::Number>().DoubleValue();
  const bool narrow = info[3].As<Napi::Boolean>().Value();
  const int32_t most_shift = info[4].As<Napi::Number>().Int32Value();
  Napi::Int32Array multipliers = info[5].As<Napi::Int32Array>(), shifts = info[6].As<Napi::Int32Array>();
  const size_t channels = multipliers.ElementLength();
  if (shifts.ElementLength() != channels ||
      (scales.ElementLength() != 1 && scales.ElementLength() != channels))
    throw Napi::Error::New(env, "quantizeChannels: lengths do not fit together");
  const float* from = scales.Data();
  int32_t *multiplier = multipliers.Data(), *shift = shifts.Data();
  const size_t step = scales.ElementLength() == 1 ? 0 : 1;
  for (size_t c = 0; c < channels; ++c) {
    const float scale = from[c * step];
    const double product = input * scale;
    const double factor = (narrow ? static_cast<double>(static_cast<float>(product)) : product) / output;
    if (!(scale > 0 && factor >= 0 && std::isfinite(factor)))
      return Napi::Number::New(env, static_cast<double>(c));
    const QuantizedScale quantized = QuantizeMultiplier(factor);
    if (quantized.shift > most_shift) return Napi::Number::New(env, static_cast<double>(c));
    multiplier[c] = quantized.multiplier;
    shift[c] = quantized.shift;
  }
  return Napi::Number::New(env, -1);
}

}  // namespace weightfold
