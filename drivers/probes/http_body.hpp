// Judges the body of an HTTP reply as it arrives. Pure; keeps only what the expectation needs.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/checks.hpp"

namespace ballast::probes {

/// Of a body that is looked at; a larger one fails.
inline constexpr std::size_t largest_body = 1 << 20;

class BodyJudge {
 public:
  /// `wanted` lives longer. `sink`, which may be empty, gets the body in pieces.
  BodyJudge(const HttpRequest& wanted, std::function<void(std::string_view)> sink);
  ~BodyJudge();
  BodyJudge(const BodyJudge&) = delete;
  BodyJudge& operator=(const BodyJudge&) = delete;

  /// Whether the body matters at all.
  [[nodiscard]] bool wants_body() const;
  void take(std::string_view bytes);
  /// It is larger than largest_body.
  [[nodiscard]] bool is_too_large() const { return size_ > largest_body; }
  /// After the last byte: what is wrong with it, nullopt where nothing is.
  std::optional<std::string> judge();

 private:
  struct Hashes;

  const HttpRequest& wanted_;
  std::function<void(std::string_view)> sink_;
  std::size_t size_ = 0;
  std::string kept_;  // for the expressions
  std::unique_ptr<Hashes> hashes_;
};

}  // namespace ballast::probes
