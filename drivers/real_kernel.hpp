// The drivers of the running kernel, in this network namespace, as the reconcilers see them.
#pragma once

#include <memory>

#include "drivers/kernel.hpp"

namespace ballast {

class RealKernel {
 public:
  RealKernel();
  ~RealKernel();
  RealKernel(const RealKernel&) = delete;
  RealKernel& operator=(const RealKernel&) = delete;
  Kernel kernel();

 private:
  struct Drivers;
  std::unique_ptr<Drivers> drivers_;
};

}  // namespace ballast
