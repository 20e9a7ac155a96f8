#include "addon/plan_model.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/numbers.h"
#include "plan/executor.h"

namespace weightfold {
namespace {

// A loaded plan and all its memory. Shared by the arena's ArrayBuffer and the functions, whichever lives
// longest. Counts its owners itself: std::shared_ptr needs GLIBC_2.32 (__libc_single_threaded), and
// JavaScript's finalizers run on one thread.
class PlanModel {
 public:
  PlanModel() = default;
  PlanModel(const PlanModel&) = delete;
  PlanModel& operator=(const PlanModel&) = delete;

  PlanModel* Share() {
    ++owners_;
    return this;
  }
  void Drop() {
    if (--owners_ == 0) delete this;
  }

  bool Load(const uint8_t* plan, size_t size, const LoadOptions& options, Status* status) {
    const Allocator allocator = {
        this, [](void* self, size_t bytes) { return static_cast<PlanModel*>(self)->Allocate(bytes); }};
    loaded_ = executor_.Load(plan, size, options, allocator, status);
    return loaded_;
  }

  void Release() {
    loaded_ = false;
    for (void* memory : memory_) std::free(memory);
    memory_.clear();
  }

  bool loaded() const { return loaded_; }
  const Executor& executor() const { return executor_; }

 private:
  ~PlanModel() { Release(); }

  void* Allocate(size_t bytes) {
    void* memory = std::aligned_alloc(64, RoundUp(bytes == 0 ? 1 : bytes, 64));
    if (memory) memory_.push_back(memory);
    return memory;
  }

  int owners_ = 1;
  bool loaded_ = false;
  Executor executor_;
  std::vector<void*> memory_;
};

Napi::Error MakeError(Napi::Env env, const char* code, const char* message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", code);
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
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const PlanModel& model = *static_cast<const PlanModel*>(data);
  if (!model.loaded()) {
    napi_throw_error(env, "DISPOSED", "the model has been disposed of");
    return nullptr;
  }
  model.executor().Invoke();
  return nullptr;
}

// reset(): the state has its initial value again.
napi_value Reset(napi_env env, napi_callback_info info) {
  void* data;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const PlanModel& model = *static_cast<const PlanModel*>(data);
  if (!model.loaded()) {
    napi_throw_error(env, "DISPOSED", "the model has been disposed of");
    return nullptr;
  }
  model.executor().Reset();
  return nullptr;
}

// dispose(arena): takes the memory away from every view at once.
napi_value Dispose(napi_env env, napi_callback_info info) {
  void* data;
  size_t count = 1;
  napi_value arena;
  napi_get_cb_info(env, info, &count, &arena, nullptr, &data);
  PlanModel& model = *static_cast<PlanModel*>(data);
  if (!model.loaded()) return nullptr;
  void* address = nullptr;
  size_t bytes = 0;
  const bool is_arena = count == 1 && napi_get_arraybuffer_info(env, arena, &address, &bytes) == napi_ok &&
                        address == model.executor().arena();
  if (!is_arena || napi_detach_arraybuffer(env, arena) != napi_ok) {
    napi_throw_error(env, "ADDON", "dispose expects the model's own arena");
    return nullptr;
  }
  model.Release();
  return nullptr;
}

}  // namespace

Napi::Value LoadPlan(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsTypedArray() || !info[1].IsString() || !info[2].IsNumber()) {
    throw MakeError(env, "ADDON", "loadPlan expects (Uint8Array, string, number)");
  }
  const double most = info[2].As<Napi::Number>().DoubleValue();
  if (!(most >= 0 && most <= 9007199254740992.0)) {
    throw MakeError(env, "ADDON", "loadPlan expects 0 to 2^53 bytes");
  }
  const Napi::Uint8Array plan = info[0].As<Napi::Uint8Array>();
  const std::string name = info[1].As<Napi::String>();
  const Isa* isa = FindIsa(name.c_str(), CpuFeatures());
  if (isa == nullptr) throw MakeError(env, "UNKNOWN_ISA", "no such instruction set here");
  const Owned owned = {new PlanModel()};
  PlanModel* model = owned.model;
  Status status;
  const LoadOptions options = {isa->features, static_cast<uint64_t>(most)};
  if (!model->Load(plan.Data(), plan.ByteLength(), options, &status)) {
    throw MakeError(env, "BAD_PLAN", status.message);
  }
  const MemoryUse& memory = model->executor().memory();
  Napi::ArrayBuffer arena = Napi::ArrayBuffer::New(
      env, model->executor().arena(), memory.arena_bytes,
      [](Napi::Env, void*, PlanModel* keep) { keep->Drop(); }, model->Share());
  Napi::Object result = Napi::Object::New(env);
  result.Set("arena", arena);
  result.Set("packedBytes", static_cast<double>(memory.packed_bytes));
  result.Set("scratchBytes", static_cast<double>(memory.scratch_bytes));
  result.Set("stateBytes", static_cast<double>(memory.state_bytes));
  result.Set("reset", Bind(env, model, Reset, "reset"));
  result.Set("invoke", Bind(env, model, Invoke, "invoke"));
  result.Set("dispose", Bind(env, model, Dispose, "dispose"));
  return result;
}

}  // namespace weightfold
