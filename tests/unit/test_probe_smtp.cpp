// The dialog with a mail server, from bytes in every portion, and against servers that misbehave.
#include "drivers/probes/smtp_dialog.hpp"
#include "probe_servers.hpp"

using namespace ballast;
using namespace ballast::probes;
using namespace ballast::test;

namespace {

using Kind = SmtpDialog::Step::Kind;

/// What the dialog says to each reply, "> " before what it sends, until it has ended.
std::string dialog_with(const std::vector<std::string>& replies) {
  SmtpDialog dialog("lb.example");
  std::string record;
  for (const std::string& reply : replies) {
    for (SmtpDialog::Step step = dialog.feed(reply); step.kind != Kind::read; step = dialog.feed({})) {
      if (step.kind == Kind::passed) return record + "passed: " + step.text;
      if (step.kind == Kind::failed) return record + "failed: " + step.text;
      record += "> " + step.text;
    }
  }
  const SmtpDialog::Step end = dialog.ended("connection closed");
  return record + (end.kind == Kind::passed ? "closed, passed: " : "closed, failed: ") + end.text;
}

SmtpCheck check_with(std::chrono::milliseconds timeout) {
  return {Timeout{timeout, {}}, Located<std::string>{"lb.example", {}}};
}

std::string outcome_of(const std::function<void(Peer&)>& serve, std::chrono::milliseconds timeout = patience) {
  return outcome_against(serve, check_with(timeout));
}

const std::string ehlo = "> EHLO lb.example\r\n";
const std::string helo = "> HELO lb.example\r\n";
const std::string quit = "> QUIT\r\n";

}  // namespace

TEST_CASE("smtp: 220, EHLO 250, QUIT") {
  CHECK(dialog_with({"220 mx ESMTP\r\n", "250-mx\r\n250-PIPELINING\r\n250 HELP\r\n", "221 bye\r\n"}) ==
        ehlo + quit + "passed: 250 HELP");
  CHECK(dialog_with({"220-mx\n220 hello\n", "250 mx\n", "500 what\n"}) == ehlo + quit + "passed: 250 mx");
  CHECK(dialog_with({"220 mx\r\n", "250 mx\r\n"}) == ehlo + quit + "closed, passed: 250 mx");
  CHECK(dialog_with({"220\r\n", "250\r\n", "221\r\n"}) == ehlo + quit + "passed: 250");
}

TEST_CASE("smtp: HELO where EHLO is not known") {
  CHECK(dialog_with({"220 mx\r\n", "502 what\r\n", "250 mx\r\n", "221 bye\r\n"}) ==
        ehlo + helo + quit + "passed: 250 mx");
  CHECK(dialog_with({"220 mx\r\n", "502 what\r\n", "550 go away\r\n"}) ==
        ehlo + helo + "failed: answer to HELO: 550 go away");
}

TEST_CASE("smtp: refusals are shown as the server said them") {
  CHECK(dialog_with({"554-no\r\n554 not from you\r\n"}) == "failed: greeting: 554 not from you");
  CHECK(dialog_with({"220 mx\r\n", "421 too busy\r\n"}) == ehlo + "failed: answer to EHLO: 421 too busy");
  CHECK(dialog_with({}) == "closed, failed: connection closed before the greeting");
}

TEST_CASE("smtp: a byte at a time, or everything at once, is the same dialog") {
  const std::string said = "220 mx\r\n250-mx\r\n250 HELP\r\n221 bye\r\n";
  std::vector<std::string> bytes;
  for (const char byte : said) bytes.emplace_back(1, byte);
  CHECK(dialog_with(bytes) == ehlo + quit + "passed: 250 HELP");
  CHECK(dialog_with({said}) == ehlo + quit + "passed: 250 HELP");
}

TEST_CASE("smtp: what is no reply, and what has no end") {
  CHECK(dialog_with({"HTTP/1.1 400 Bad Request\r\n"}) == "failed: no SMTP: HTTP/1.1 400 Bad Request");
  CHECK(dialog_with({"22 x\r\n"}) == "failed: no SMTP: 22 x");
  CHECK(dialog_with({"220x\r\n"}) == "failed: no SMTP: 220x");
  CHECK(dialog_with({"\x16\x03\x01\n"}) == "failed: no SMTP: ???");
  CHECK(dialog_with({"220-a\r\n250 b\r\n"}) == "failed: lines of one reply with different codes: 250 b");
  CHECK(dialog_with({"220 " + std::string(509, 'x')}) == "failed: a reply line longer than 512 bytes");
  const std::string line = "220-" + std::string(400, 'x') + "\r\n";
  CHECK(dialog_with(std::vector<std::string>(100, line)) == "failed: a reply longer than 8 kB");
}

TEST_CASE("smtp: a server that greets and says 250") {
  std::string heard;
  CHECK(outcome_of([&](Peer& peer) {
          peer.write("220-mx\r\n220 ready\r\n");
          heard = peer.read_line();
          peer.write("250-mx\r\n250 HELP\r\n");
          heard += peer.read_line();
          peer.write("221 bye\r\n");
        }) == "passed: 250 HELP");
  CHECK(heard == "EHLO lb.example\r\nQUIT\r\n");
}

TEST_CASE("smtp: a server that closes or resets at each point") {
  // The reset may come before the connection is seen.
  CHECK(outcome_of([](Peer& peer) { peer.reset(); }).starts_with("failed: connection reset by peer"));
  CHECK(outcome_of([](Peer&) {}) == "failed: connection closed before the greeting");
  CHECK(outcome_of([](Peer& peer) {
          peer.write("220 mx\r\n");
          peer.read_line();
        }) == "failed: connection closed before the answer to EHLO");
  CHECK(outcome_of([](Peer& peer) {
          peer.write("220 mx\r\n");
          peer.read_line();
          peer.write("250 mx\r\n");
          peer.read_line();
          peer.reset();
        }) == "passed: 250 mx");
}

TEST_CASE("smtp: a server that hangs, is slow, or never ends") {
  CHECK(outcome_of([](Peer& peer) { peer.hang(); }, impatience) == "failed: no greeting within 200ms");
  CHECK(outcome_of(
            [](Peer& peer) {
              peer.write("220 mx\r\n");
              peer.hang();
            },
            impatience) == "failed: no answer to EHLO within 200ms");
  CHECK(outcome_of([](Peer& peer) { peer.write_slowly('2'); }, impatience) == "failed: no greeting within 200ms");
  CHECK(outcome_of([](Peer& peer) { peer.write_endlessly("220-and so on\r\n"); }) ==
        "failed: a reply longer than 8 kB");
  CHECK(outcome_of([](Peer& peer) { peer.write_endlessly("220-and so on "); }) ==
        "failed: a reply line longer than 512 bytes");
}

TEST_CASE("smtp: a closed port") {
  CHECK(outcome_text(nobody_there(), check_with(patience)) == "failed: connection refused");
}
