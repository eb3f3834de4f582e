// The kernel in memory, a new one for each case.
#include <memory>

#include "contract/world.hpp"
#include "fakes/fake_kernel.hpp"

namespace ballast::contract {
namespace {

class FakeWorld : public World {
 public:
  Kernel kernel() override { return kernel_->kernel(); }
  void reset() override {
    kernel_ = std::make_unique<FakeKernel>();
    kernel_->network.add_device("d0", true);
    kernel_->network.add_device("d1.5", true);
  }
  std::string run(const std::string&) override { return ""; }
  [[nodiscard]] bool is_real() const override { return false; }

 private:
  std::unique_ptr<FakeKernel> kernel_;
};

}  // namespace

World& fake_world() {
  static FakeWorld one;
  return one;
}

}  // namespace ballast::contract
