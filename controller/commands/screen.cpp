#include "controller/commands/screen.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace ballast {
namespace {

// Alternate buffer, no cursor, no line wrap; and back.
constexpr std::string_view enter_screen = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr std::string_view leave_screen = "\033[?7h\033[?25h\033[?1049l";

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT}) sigaddset(&set, signal);
  return set;
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// What one read() of the terminal has: a key may be several bytes.
Key key_of(std::string_view bytes) {
  if (bytes == "q" || bytes == "Q" || bytes == "\x03" || bytes == "\x1b") return Key::quit;
  if (bytes == "k" || bytes == "\033[A" || bytes == "\033OA") return Key::up;
  if (bytes == "j" || bytes == "\033[B" || bytes == "\033OB" || bytes == "\r" || bytes == "\n") return Key::down;
  if (bytes == "b" || bytes == "\033[5~") return Key::page_up;
  if (bytes == "f" || bytes == "\033[6~") return Key::page_down;
  if (bytes == "g" || bytes == "\033[H" || bytes == "\033[1~") return Key::top;
  if (bytes == "G" || bytes == "\033[F" || bytes == "\033[4~") return Key::bottom;
  if (bytes == " " || bytes == "r") return Key::refresh;
  return Key::none;
}

}  // namespace

Result<Screen> Screen::open() {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
    return Error{"--watch needs a terminal; elsewhere ask again and again: `ballast status -o json`", ENOTTY};
  }
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return Error{"the terminal: " + errno_text(errno), errno};
  const sigset_t signals = watched_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  Descriptor descriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.valid()) return Error{"signals: " + errno_text(errno), errno};
  Screen screen(std::move(descriptor), before);
  screen.enter();
  return Result<Screen>(std::move(screen));
}

Screen::Screen(Screen&& other) noexcept : signals_(std::move(other.signals_)), before_(other.before_) {}

Screen::~Screen() {
  if (signals_.valid()) leave();
}

void Screen::enter() const {
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // signals stay: Ctrl-C and Ctrl-Z are the terminal's
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  write_all(enter_screen);
}

void Screen::leave() const {
  write_all(leave_screen);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

bool Screen::draw(std::string_view bytes) const {
  return write_all(bytes);
}

ScreenSize Screen::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

Key Screen::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Key::none;
    std::array<pollfd, 2> waited{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
    const int ready = ::poll(waited.data(), waited.size(), static_cast<int>(left.count()));
    if (ready <= 0) continue;
    Key key = Key::none;
    if (waited[1].revents != 0) key = take_signal();
    if (key == Key::none && waited[0].revents != 0) key = take_key();
    if (key != Key::none) return key;
  }
}

Key Screen::take_signal() {
  signalfd_siginfo info{};
  Key key = Key::none;
  while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    switch (info.ssi_signo) {
      case SIGWINCH:
        if (key == Key::none) key = Key::resized;
        break;
      case SIGTSTP:
        leave();
        ::raise(SIGSTOP);
        enter();
        key = Key::resized;
        break;
      case SIGCONT:
        break;
      default:
        key = Key::quit;
    }
  }
  return key;
}

Key Screen::take_key() {
  std::array<char, 64> bytes{};
  const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (count <= 0) return count == 0 || errno == EINTR || errno == EAGAIN ? Key::none : Key::quit;
  return key_of(std::string_view(bytes.data(), static_cast<std::size_t>(count)));
}

}  // namespace ballast
