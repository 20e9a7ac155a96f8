#include "addon/container_decode.h"

#include <chrono>
#include <new>
#include <string>

#include "addon/kept_memory.h"
#include "addon/threaded_decode.h"
#include "include/weightfold/wfz.h"

namespace weightfold {
namespace {

Napi::Error ContainerFailure(Napi::Env env, const wfz_error& error) {
  Napi::Error result = Napi::Error::New(env, error.message);
  result.Set("code", error.code);
  result.Set("offset", static_cast<double>(error.offset));
  return result;
}

double MillisecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// The caller's array, or a new one.
Napi::Uint8Array Output(const Napi::CallbackInfo& info, const wfz_info& container) {
  const size_t size = static_cast<size_t>(container.original_size);
  if (info.Length() < 4 || info[3].IsUndefined()) return Napi::Uint8Array::New(info.Env(), size);
  const Napi::Uint8Array given = info[3].As<Napi::Uint8Array>();
  if (given.ByteLength() == size) return given;
  throw Napi::Error::New(info.Env(), "decodeContainer expects an output of " + std::to_string(size) +
                                         " bytes but received " + std::to_string(given.ByteLength()));
}

// Decodes to `out`, checks the hash, and tells how long both took.
Napi::Object Decode(Napi::Env env, const Napi::Uint8Array& wfz, const wfz_info& container,
                    Napi::Uint8Array out, uint32_t threads) {
  const size_t size = out.ByteLength();
  wfz_error error;
  auto start = std::chrono::steady_clock::now();
  const KeptMemory memory(KeptMemory::kTables, container.memory_size);
  const wfz_file* file;
  if (!wfz_open(wfz.Data(), wfz.ByteLength(), memory.get(), container.memory_size, &file, &error) ||
      !DecodeWithThreads(file, container.block_count, out.Data(), size, threads, &error)) {
    throw ContainerFailure(env, error);
  }
  const double decode_ms = MillisecondsSince(start);
  start = std::chrono::steady_clock::now();
  if (!wfz_verify_hash(file, out.Data(), size, &error)) throw ContainerFailure(env, error);
  const double hash_ms = MillisecondsSince(start);

  Napi::Object result = Napi::Object::New(env);
  result.Set("bytes", out);
  result.Set("decodeMs", decode_ms);
  result.Set("hashMs", hash_ms);
  return result;
}

}  // namespace

Napi::Value DecodeContainerBytes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const bool output_fits = info.Length() < 4 || info[3].IsUndefined() || info[3].IsTypedArray();
  if (info.Length() < 3 || !info[0].IsTypedArray() || !info[1].IsNumber() || !info[2].IsNumber() ||
      !output_fits) {
    throw Napi::Error::New(env, "decodeContainer expects (Uint8Array, number, number, Uint8Array?)");
  }
  const Napi::Uint8Array wfz = info[0].As<Napi::Uint8Array>();
  wfz_info container;
  wfz_error error;
  if (!wfz_read_info(wfz.Data(), wfz.ByteLength(), &container, &error)) throw ContainerFailure(env, error);
  const double limit = info[1].As<Napi::Number>().DoubleValue();
  if (static_cast<double>(container.original_size) > limit) {
    Napi::Error large = Napi::Error::New(
        env, "the container says that it restores " + std::to_string(container.original_size) + " bytes");
    large.Set("code", "TOO_LARGE");
    throw large;
  }
  const Napi::Uint8Array out = Output(info, container);
  const uint32_t threads = info[2].As<Napi::Number>().Uint32Value();

  try {
    return Decode(env, wfz, container, out, threads);
  } catch (const std::bad_alloc&) {
    throw Napi::Error::New(env, "no memory for decoding");
  }
}

}  // namespace weightfold
