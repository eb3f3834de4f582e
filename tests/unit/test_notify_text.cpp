// What scripts, webhooks and mail readers get to read, also where servers say hostile things.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/notify/mail.hpp"
#include "controller/notify/message.hpp"

using namespace ballast;
using namespace ballast::notify;
using What = Event::What;

namespace {

const WallTime noon{std::chrono::milliseconds{1'795'262'400'123}};  // 2026-11-21T12:00:00.123Z

Event member_event(const std::string& reason, const std::string& service = "web") {
  health::Event event;
  event.what = health::Event::What::member_down;
  event.service = service;
  event.key = {*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
  event.member = Endpoint{*IpAddress::parse("10.0.0.3"), 80};
  event.reason = reason;
  return make_event(event, noon);
}

Event role_event() {
  vrrp::RoleChange change;
  change.router = "gateway";
  change.notify.from = vrrp::Role::backup;
  change.notify.to = vrrp::Role::master;
  change.notify.priority = 150;
  change.notify.reason = "the MASTER is silent";
  return make_event(change, "192.0.2.1/24 192.0.2.2/24", noon);
}

Digest digest_of(std::vector<Event> events) {
  Backlog backlog(100);
  for (Event& event : events) backlog.add(std::make_shared<const Event>(std::move(event)));
  return backlog.take_all(100);
}

std::string joined(const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string text;
  for (const auto& [name, value] : variables) text += name + "=" + value + "\n";
  return text;
}

const MailHeader header{"ballast@example.com", {"ops@example.com", "night@example.com"}, "cafe.7", noon};

/// The header of a mail, as lines that belong together.
std::vector<std::string> fields_of(const std::string& mail) {
  std::vector<std::string> fields;
  const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
  for (std::size_t begin = 0; begin < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", begin), head.size());
    const std::string line = head.substr(begin, end - begin);
    if (line.starts_with(' ') && !fields.empty()) {
      fields.back() += line;
    } else {
      fields.push_back(line);
    }
    begin = end + 2;
  }
  return fields;
}

}  // namespace

TEST_CASE("notify text: the environment of a script") {
  CHECK(joined(environment_of(member_event("tcp: connection refused"), "lvs-128", 3)) ==
        "BALLAST_NODE=lvs-128\nBALLAST_EVENT=member-down\nBALLAST_REASON=tcp: connection refused\n"
        "BALLAST_TIME=2026-11-21T12:00:00.123Z\nBALLAST_MORE=3\nBALLAST_SERVICE=web\nBALLAST_ADDRESS=192.0.2.1:80\n"
        "BALLAST_MEMBER=10.0.0.3:80\n");
  CHECK(joined(environment_of(role_event(), "lvs-128", 0)) ==
        "BALLAST_NODE=lvs-128\nBALLAST_EVENT=role-changed\nBALLAST_REASON=the MASTER is silent\n"
        "BALLAST_TIME=2026-11-21T12:00:00.123Z\nBALLAST_MORE=0\nBALLAST_ROUTER=gateway\nBALLAST_ROLE=MASTER\n"
        "BALLAST_PREVIOUS_ROLE=BACKUP\nBALLAST_PRIORITY=150\nBALLAST_ADDRESSES=192.0.2.1/24 192.0.2.2/24\n");
}

TEST_CASE("notify text: the JSON of a webhook") {
  CHECK(json_of(digest_of({member_event("tcp: connection refused")}), "lvs-128") ==
        R"({"node":"lvs-128","event":"member-down","service":"web","address":"192.0.2.1:80","member":"10.0.0.3:80",)"
        R"("reason":"tcp: connection refused","time":"2026-11-21T12:00:00.123Z","more":0,"events":[{"event":)"
        R"("member-down","service":"web","address":"192.0.2.1:80","member":"10.0.0.3:80","reason":)"
        R"("tcp: connection refused","time":"2026-11-21T12:00:00.123Z"}]})"
        "\n");
  const auto object = nlohmann::json::parse(json_of(digest_of({role_event(), member_event("x")}), "lvs-128"));
  CHECK(object["event"] == "role-changed");
  CHECK(object["role"] == "MASTER");
  CHECK(object["more"] == 1);
  CHECK(object["events"][1]["event"] == "member-down");
}

TEST_CASE("notify text: a mail") {
  Digest digest = digest_of({member_event("tcp: connection refused")});
  CHECK(mail_of(digest, "lvs-128", header) ==
        "Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nFrom: ballast@example.com\r\n"
        "To: ops@example.com,\r\n night@example.com\r\nSubject: ballast lvs-128: web 10.0.0.3:80 is down\r\n"
        "Message-ID: <cafe.7@lvs-128.ballast>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nballast on lvs-128\r\n\r\n"
        "2026-11-21T12:00:00.123Z  web 10.0.0.3:80 is down: tcp: connection refused (192.0.2.1:80)\r\n");
  digest = digest_of({member_event("a"), role_event(), member_event("b")});
  digest.rest[static_cast<std::size_t>(What::member_up)] = 12;
  digest.folded = 2;
  digest.lost = 9;
  CHECK(subject_of(digest, "lvs-128") == "ballast lvs-128: gateway is MASTER, and 16 more");
  const std::string mail = mail_of(digest, "lvs-128", header);
  CHECK(mail.find("\r\nand 12 more member-up\r\n") != std::string::npos);
  CHECK(mail.find("\r\n2 earlier events are left out: of each member the newest is told\r\n") != std::string::npos);
  CHECK(mail.find("\r\n9 earlier events could not be delivered\r\n") != std::string::npos);
}

TEST_CASE("notify text: nothing that a server or a manifest says becomes a header or a line of its own") {
  using namespace std::string_literals;  // which may hold a 0
  const std::string hostile = "550 no\r\nBcc: all@example.com\r\n\r\n<b>\r.\r\n\x1b[2J\0 end\x7f"s;
  const Event event = member_event(hostile, "we\r\nX-Evil: yes\nb");
  CHECK(event.reason.find_first_of("\r\n\x1b\x7f") == std::string::npos);
  CHECK(event.reason.find('\0') == std::string::npos);
  const std::string node = "lvs\r\nSender: me";
  const std::string mail = mail_of(digest_of({event}), node, header);
  std::vector<std::string> names;
  for (const std::string& field : fields_of(mail)) names.push_back(field.substr(0, field.find(':')));
  CHECK(names == std::vector<std::string>{"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted",
                                          "MIME-Version", "Content-Type", "Content-Transfer-Encoding"});
  CHECK(mail.find("\n.\r") == std::string::npos);
  const std::string variables = joined(environment_of(event, "lvs-128", 0));
  CHECK(std::count(variables.begin(), variables.end(), '\n') == 8);  // one of each variable
  CHECK(nlohmann::json::parse(json_of(digest_of({event}), "lvs-128"))["service"] == "we  X-Evil: yes b");
}

TEST_CASE("notify text: clean texts are valid UTF-8, bounded, and whole characters") {
  CHECK(clean("gr\xc3\xbc\xc3\x9f", 100) == "gr\xc3\xbc\xc3\x9f");
  CHECK(clean("a\xff\xc3z\xe2\x82", 100) == "a??z??");
  CHECK(clean("\xc0\xaf", 100) == "??");            // overlong
  CHECK(clean("\xed\xa0\x80", 100) == "???");       // a surrogate
  CHECK(clean("\xf4\x90\x80\x80", 100) == "????");  // beyond Unicode
  CHECK(clean("a\xc2\x85"                           // next line
              "b\xe2\x80\xa8"                       // line separator
              "c\xe2\x80\xae"                       // right-to-left override
              "d",
              100) == "a b c d");
  CHECK(clean("ab\xc3\xbc", 3) == "ab...");
  CHECK(member_event(std::string(100'000, 'x')).reason.size() == 303);
}

TEST_CASE("notify text: a mail that is not ASCII is encoded, in words and lines of the allowed length") {
  std::string service;
  for (int count = 0; count < 40; ++count) service += "\xc3\xbc";
  const std::string mail = mail_of(digest_of({member_event("kaputt: \xe2\x82\xac", service)}), "lvs-128", header);
  CHECK(std::all_of(mail.begin(), mail.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x80; }));
  CHECK(mail.find("\r\nSubject: =?utf-8?B?YmFsbGFzdCBsdnMtMTI4OiDDv") != std::string::npos);
  CHECK(mail.find("Content-Transfer-Encoding: base64\r\n\r\nYmFsbGFzdCBvbiBsdnMtMTI4DQoNC") != std::string::npos);
  for (std::size_t begin = 0, end = 0; begin < mail.size(); begin = end + 2) {
    end = mail.find("\r\n", begin);
    REQUIRE(end != std::string::npos);
    CHECK(end - begin <= 90);
  }
}
