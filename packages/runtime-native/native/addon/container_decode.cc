#include "addon/container_decode.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "codecs/container.h"

namespace weightfold {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

Napi::Error ContainerFailure(Napi::Env env, const DecodeError& error) {
  Napi::Error result = Napi::Error::New(env, error.message);
  result.Set("code", error.code);
  result.Set("offset", static_cast<double>(error.offset));
  return result;
}

double MillisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Napi::Value DecodeContainerBytes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsTypedArray() || !info[1].IsNumber()) {
    throw Napi::Error::New(env, "decodeContainer expects (Uint8Array, number)");
  }
  const Napi::Uint8Array wfz = info[0].As<Napi::Uint8Array>();
  ContainerInfo container;
  DecodeError error;
  if (!ReadContainerInfo(wfz.Data(), wfz.ByteLength(), &container, &error))
    throw ContainerFailure(env, error);
  const double limit = info[1].As<Napi::Number>().DoubleValue();
  if (static_cast<double>(container.original_size) > limit) {
    Napi::Error large = Napi::Error::New(
        env, "the container says that it restores " + std::to_string(container.original_size) + " bytes");
    large.Set("code", "TOO_LARGE");
    throw large;
  }
  Napi::ArrayBuffer out = Napi::ArrayBuffer::New(env, static_cast<size_t>(container.original_size));
  const std::unique_ptr<void, Free> scratch(
      std::malloc(container.scratch_size == 0 ? 1 : container.scratch_size));
  if (!scratch) throw Napi::Error::New(env, "no memory for decoding");

  uint8_t* bytes = static_cast<uint8_t*>(out.Data());
  auto start = std::chrono::steady_clock::now();
  if (!DecodeContainer(wfz.Data(), wfz.ByteLength(), bytes, out.ByteLength(), scratch.get(),
                       container.scratch_size, &error)) {
    throw ContainerFailure(env, error);
  }
  const double decode_ms = MillisecondsSince(start);
  start = std::chrono::steady_clock::now();
  if (!VerifyHash(container, bytes, out.ByteLength(), &error)) throw ContainerFailure(env, error);
  const double hash_ms = MillisecondsSince(start);

  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", Napi::Uint8Array::New(env, out.ByteLength(), out, 0));
  result.Set("decodeMs", decode_ms);
  result.Set("hashMs", hash_ms);
  return result;
}

}  // namespace weightfold
