// A mail server for tests, in a thread: takes mail as others do, but for the recipients that a test wants refused.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "probe_servers.hpp"

namespace ballast::test {

class MailServer {
 public:
  struct Mail {
    std::string sender;
    std::vector<std::string> recipients;
    std::string text;  ///< with its dots as they were
  };
  /// `reply_to` may answer a command ("RCPT TO:<a@b>") otherwise than 250 does; empty: as ever; "hang".
  explicit MailServer(std::function<std::string(const std::string& command)> reply_to = {})
      : reply_to_(std::move(reply_to)), server_([this](int connection) { serve(connection); }) {}

  [[nodiscard]] std::string url() const { return "smtp://" + name(); }
  [[nodiscard]] std::string name() const { return "127.0.0.1:" + std::to_string(server_.target().port); }
  std::vector<Mail> mails() {
    const std::lock_guard lock(mutex_);
    return mails_;
  }

 private:
  bool reply(Peer& peer, const std::string& command, const std::string& usual) {
    const std::string other = reply_to_ ? reply_to_(command) : "";
    if (other == "hang") peer.hang();
    const std::string& text = other.empty() ? usual : other;
    peer.write(text + "\r\n");
    return text[0] == '2' || text[0] == '3';
  }

  void serve(int connection) {
    Peer peer(connection);
    if (!reply(peer, "", "220 mail.example.com ESMTP")) return;
    Mail mail;
    std::string rest;
    const auto read_line = [&] {
      while (rest.find("\r\n") == std::string::npos) {
        const std::string more = peer.read();
        if (more.empty()) return std::string();
        rest += more;
      }
      const std::string line = rest.substr(0, rest.find("\r\n"));
      rest.erase(0, line.size() + 2);
      return line.empty() ? std::string("\n") : line;
    };
    for (std::string line = read_line(); !line.empty(); line = read_line()) {
      if (line == "DATA") {
        if (!reply(peer, line, "354 go on")) continue;
        for (line = read_line(); !line.empty() && line != "."; line = read_line()) {
          if (line.starts_with('.')) line.erase(0, 1);
          mail.text += (line == "\n" ? "" : line) + "\n";
        }
        const std::lock_guard lock(mutex_);
        mails_.push_back(std::exchange(mail, {}));
        line = "DATA's end";
      }
      const bool taken = reply(peer, line, line == "QUIT" ? "221 bye" : "250 ok");
      if (taken && line.starts_with("MAIL FROM:")) mail.sender = line.substr(10);
      if (taken && line.starts_with("RCPT TO:")) mail.recipients.push_back(line.substr(8));
      if (line == "QUIT") return;
    }
  }

  std::function<std::string(const std::string&)> reply_to_;
  std::mutex mutex_;
  std::vector<Mail> mails_;
  ProbeServer server_;
};

}  // namespace ballast::test
