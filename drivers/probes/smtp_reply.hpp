// Replies of a mail server (RFC 5321 section 4.2), put together from bytes as they come. Pure and bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ballast::probes {

class SmtpReply {
 public:
  static constexpr std::size_t line_limit = 512;  ///< with its CRLF, RFC 5321 section 4.5.3.1.5
  static constexpr std::size_t reply_limit = 8192;

  enum class State : std::uint8_t { incomplete, complete, broken };

  /// Takes bytes up to the end of the reply and returns how many; what is behind is the next reply's.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] State state() const { return state_; }
  /// Of a complete reply: 100-599.
  [[nodiscard]] int code() const { return code_; }
  /// The last line as it came, with its code; of a broken reply, what is wrong with it.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void take_line();
  void fail(std::string text);

  State state_ = State::incomplete;
  int code_ = 0;
  std::size_t taken_ = 0;
  std::string line_;
  std::string text_;
};

}  // namespace ballast::probes
