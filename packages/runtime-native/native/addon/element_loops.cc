#include "addon/element_loops.h"

#include <algorithm>
#include <cstring>

namespace weightfold {
namespace {

bool IsArrayOf(const Napi::Value& value, napi_typedarray_type type) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == type;
}

bool AreBytes(const Napi::Value& value) {
  return IsArrayOf(value, napi_int8_array) || IsArrayOf(value, napi_uint8_array);
}

}  // namespace

Napi::Value ShiftCodes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 4 || !AreBytes(info[0]) || !info[1].IsNumber() || !info[2].IsNumber() ||
      !IsArrayOf(info[3], napi_int8_array))
    throw Napi::Error::New(env, "shiftCodes: wrong types of arguments");
  const Napi::Uint8Array codes = info[0].As<Napi::Uint8Array>();
  Napi::Int8Array result = info[3].As<Napi::Int8Array>();
  const size_t count = codes.ByteLength();
  if (result.ByteLength() != count) throw Napi::Error::New(env, "shiftCodes: lengths do not fit together");
  const uint8_t flip = static_cast<uint8_t>(info[1].As<Napi::Number>().Uint32Value());
  const int64_t zero_point = info[2].As<Napi::Number>().Int32Value();
  const uint8_t* from = codes.Data();
  int8_t *to = result.Data(), least = 127, most = -128;
  for (size_t i = 0; i < count; ++i) {
    to[i] = static_cast<int8_t>(from[i] ^ flip);
    least = std::min(least, to[i]);
    most = std::max(most, to[i]);
  }
  const bool fits = count == 0 || (least - zero_point >= -128 && most - zero_point <= 127);
  const uint8_t distance = static_cast<uint8_t>(zero_point);
  for (size_t i = 0; fits && i < count; ++i)
    to[i] = static_cast<int8_t>(static_cast<uint8_t>(to[i]) - distance);
  return Napi::Boolean::New(env, fits);
}

Napi::Value SelectRuns(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 5 || !IsArrayOf(info[0], napi_uint8_array) || !info[1].IsNumber() ||
      !info[2].IsNumber() || !IsArrayOf(info[3], napi_int32_array) || !IsArrayOf(info[4], napi_uint8_array))
    throw Napi::Error::New(env, "selectRuns: wrong types of arguments");
  const Napi::Uint8Array from = info[0].As<Napi::Uint8Array>();
  const size_t run = info[1].As<Napi::Number>().Uint32Value();
  const size_t size = info[2].As<Napi::Number>().Uint32Value();
  const Napi::Int32Array places = info[3].As<Napi::Int32Array>();
  Napi::Uint8Array result = info[4].As<Napi::Uint8Array>();
  const size_t count = places.ElementLength(), group = run * size;
  const int32_t* place = places.Data();
  bool fit = group > 0 && from.ByteLength() % group == 0 &&
             result.ByteLength() == from.ByteLength() / group * count * run;
  for (size_t i = 0; i < count; ++i) fit = fit && place[i] >= 0 && static_cast<size_t>(place[i]) < size;
  if (!fit) throw Napi::Error::New(env, "selectRuns: lengths do not fit together");
  const uint8_t* const end = from.Data() + from.ByteLength();
  uint8_t* to = result.Data();
  for (const uint8_t* at = from.Data(); at != end; at += group) {
    for (size_t i = 0; i < count; ++i, to += run) std::memcpy(to, at + place[i] * run, run);
  }
  return env.Undefined();
}

Napi::Value ZeroRuns(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !IsArrayOf(info[0], napi_int8_array) || !info[1].IsNumber())
    throw Napi::Error::New(env, "zeroRuns: wrong types of arguments");
  const Napi::Int8Array codes = info[0].As<Napi::Int8Array>();
  const size_t run = info[1].As<Napi::Number>().Uint32Value();
  if (run == 0 || codes.ByteLength() % run != 0)
    throw Napi::Error::New(env, "zeroRuns: lengths do not fit together");
  Napi::Array zero = Napi::Array::New(env);
  const int8_t* from = codes.Data();
  for (size_t i = 0, count = codes.ByteLength() / run; i < count; ++i, from += run) {
    if (std::all_of(from, from + run, [](int8_t code) { return code == 0; }))
      zero.Set(zero.Length(), Napi::Number::New(env, static_cast<double>(i)));
  }
  return zero;
}

}  // namespace weightfold
