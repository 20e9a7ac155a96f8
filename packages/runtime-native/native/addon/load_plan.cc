#include "addon/load_plan.h"

#include <string>
#include <vector>

#include "addon/invoke_async.h"
#include "addon/plan_model.h"
#include "base/cpu.h"

namespace weightfold {
namespace {

Napi::Error MakeError(Napi::Env env, const char* code, const char* message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", code);
  return error;
}

// Why a plan is refused: `op` is the number of the op at fault, and `hint` what to do, where these are known.
Napi::Error Refusal(Napi::Env env, const Status& status) {
  Napi::Error error = MakeError(env, "BAD_PLAN", status.message);
  if (status.op != Status::kNoOp) error.Set("op", Napi::Number::New(env, status.op));
  if (status.hint != nullptr) error.Set("hint", Napi::String::New(env, status.hint));
  return error;
}

// A function that keeps the model alive; its data pointer saves unwrapping an object on every call.
Napi::Function Bind(Napi::Env env, PlanModel* model, napi_callback callback, const char* name) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, model, &function) != napi_ok) {
    throw MakeError(env, "ADDON", "cannot create a function");
  }
  const auto drop = [](napi_env, void* data, void*) { static_cast<PlanModel*>(data)->Drop(); };
  if (napi_add_finalizer(env, function, model, drop, nullptr, nullptr) != napi_ok) {
    throw MakeError(env, "ADDON", "cannot watch a function");
  }
  model->Share();
  return Napi::Function(env, function);
}

// Drops the creator's share on every way out.
struct Owned {
  PlanModel* model;
  ~Owned() { model->Drop(); }
};

// Uses the plain C calls: the C++ wrappers cost more than a small network's share.
napi_value Invoke(napi_env env, napi_callback_info info) {
  PlanModel* model = ReadyModel(env, info);
  if (model != nullptr) model->Invoke();
  return nullptr;
}

// reset(): the state has its initial value again.
napi_value Reset(napi_env env, napi_callback_info info) {
  PlanModel* model = ReadyModel(env, info);
  if (model != nullptr) model->executor().Reset();
  return nullptr;
}

// profile(nanoseconds: Float64Array): one run, the time of op i in element i.
napi_value Profile(napi_env env, napi_callback_info info) {
  PlanModel* model = ReadyModel(env, info);
  if (model == nullptr) return nullptr;
  size_t count = 1, length = 0;
  napi_value argument;
  napi_typedarray_type type;
  void* times = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  if (count != 1 ||
      napi_get_typedarray_info(env, argument, &type, &length, &times, nullptr, nullptr) != napi_ok ||
      type != napi_float64_array || length != model->executor().op_count()) {
    napi_throw_error(env, "ADDON", "profile expects a Float64Array with a number for every op");
    return nullptr;
  }
  model->Profile(static_cast<double*>(times));
  return nullptr;
}

// dispose(arena): takes the memory away from every view at once.
napi_value Dispose(napi_env env, napi_callback_info info) {
  void* data;
  size_t count = 1;
  napi_value arena;
  napi_get_cb_info(env, info, &count, &arena, nullptr, &data);
  PlanModel& model = *static_cast<PlanModel*>(data);
  if (model.disposed()) return nullptr;
  void* address = nullptr;
  size_t bytes = 0;
  // An arena without bytes has no address in JavaScript.
  const bool is_arena =
      count == 1 && napi_get_arraybuffer_info(env, arena, &address, &bytes) == napi_ok &&
      (address == model.executor().arena() || (bytes == 0 && model.executor().memory().arena_bytes == 0));
  if (!is_arena || napi_detach_arraybuffer(env, arena) != napi_ok) {
    napi_throw_error(env, "ADDON", "dispose expects the model's own arena");
    return nullptr;
  }
  model.Dispose();
  return nullptr;
}

PlanPiece PieceOf(const Napi::Value& value) {
  if (!value.IsTypedArray()) throw MakeError(value.Env(), "ADDON", "loadPlan expects pieces of bytes");
  const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.ByteLength()};
}

std::vector<PlanPiece> PiecesOf(const Napi::Value& value) {
  if (!value.IsArray()) return {PieceOf(value)};
  const Napi::Array list = value.As<Napi::Array>();
  std::vector<PlanPiece> pieces(list.Length());
  for (uint32_t i = 0; i < list.Length(); ++i) pieces[i] = PieceOf(list.Get(i));
  return pieces;
}

Napi::Array KernelNames(Napi::Env env, const Executor& executor) {
  Napi::Array names = Napi::Array::New(env, executor.op_count());
  for (uint32_t i = 0; i < executor.op_count(); ++i) names.Set(i, executor.kernel(i));
  return names;
}

Napi::Object MakeObject(Napi::Env env, PlanModel* model) {
  const MemoryUse& memory = model->executor().memory();
  Napi::ArrayBuffer arena = Napi::ArrayBuffer::New(
      env, model->executor().arena(), memory.arena_bytes,
      [](Napi::Env, void*, PlanModel* keep) { keep->Drop(); }, model->Share());
  Napi::Object result = Napi::Object::New(env);
  result.Set("arena", arena);
  result.Set("packedBytes", static_cast<double>(memory.packed_bytes));
  result.Set("scratchBytes", static_cast<double>(memory.scratch_bytes));
  result.Set("stateBytes", static_cast<double>(memory.state_bytes));
  result.Set("kernels", KernelNames(env, model->executor()));
  result.Set("invoke", Bind(env, model, Invoke, "invoke"));
  result.Set("invokeAsync", Bind(env, model, InvokeAsync, "invokeAsync"));
  result.Set("reset", Bind(env, model, Reset, "reset"));
  result.Set("profile", Bind(env, model, Profile, "profile"));
  result.Set("dispose", Bind(env, model, Dispose, "dispose"));
  return result;
}

}  // namespace

Napi::Value LoadPlan(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const bool has_plan = info.Length() > 0 && (info[0].IsTypedArray() || info[0].IsArray());
  if (info.Length() != 4 || !has_plan || !info[1].IsString() || !info[2].IsNumber() || !info[3].IsNumber()) {
    throw MakeError(env, "ADDON", "loadPlan expects (Uint8Array or a list of them, string, number, number)");
  }
  const double most = info[2].As<Napi::Number>().DoubleValue();
  if (!(most >= 0 && most <= 9007199254740992.0)) {
    throw MakeError(env, "ADDON", "loadPlan expects 0 to 2^53 bytes");
  }
  const uint32_t threads = info[3].As<Napi::Number>().Uint32Value();
  if (threads < 1 || threads > kMaxThreads) throw MakeError(env, "ADDON", "loadPlan expects 1 to 64 threads");
  const std::string name = info[1].As<Napi::String>();
  const Isa* isa = FindIsa(name.c_str(), CpuFeatures());
  if (isa == nullptr) throw MakeError(env, "UNKNOWN_ISA", "no such instruction set here");
  const Owned owned = {new PlanModel()};
  Status status;
  const LoadOptions options = {isa->features, static_cast<uint64_t>(most), threads};
  if (!owned.model->Load(PiecesOf(info[0]), options, &status)) {
    throw Refusal(env, status);
  }
  return MakeObject(env, owned.model);
}

}  // namespace weightfold
