// The page at /: whatever names and texts hold, it is the same few elements; and what stands where.
#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "controller/web/escape.hpp"
#include "controller/web/page.hpp"
#include "controller/web/sections.hpp"

using namespace ballast;
using namespace std::chrono_literals;

namespace {

constexpr http::Instant noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;
const std::string hostile = "</script><script>alert(1)</script>\" onload='x' <!-- ]]> &amp; \x01\xff";

http::ServiceStatus make_service(const std::string& name, std::size_t members) {
  http::ServiceStatus service{name, "tcp 192.0.2.1:80", "wrr", name, true, false, {}};
  for (std::size_t i = 0; i < members; ++i) {
    service.members.push_back({fmt::format("10.0.{}.{}:80", i / 250, i % 250 + 1), "serving", 1, "up", "", 90s, 4, 2});
    service.members.back().rates = http::Rates{1.5, 10, 0, 1200, 0};
  }
  service.rates = http::Rates{3, 20, 0, 2400, 0};
  return service;
}

void fail_member(http::ServiceStatus& service, std::size_t index) {
  http::MemberStatus& member = service.members[index];
  member.standing = "failed";
  member.check = "down";
  member.weight.reset();
  member.reason = "connection refused";
}

http::NodeStatus make_status(std::size_t services, std::size_t members) {
  http::NodeStatus status{"lvs-128", "0.1.0", false, true, "", {}, {}, {}, {}};
  http::RouterStatus router;
  router.name = "web";
  router.role = "MASTER";
  router.priority = router.base_priority = 100;
  router.since = noon - 3min;
  router.addresses = {"192.0.2.1/24 on eth0"};
  status.routers.push_back(router);
  status.manifest.revision = "0123456789ab";
  status.manifest.current = http::RevisionStatus{"0123456789ab", noon - 2h, "", "", {}};
  status.manifest.applied = status.manifest.current;
  for (std::size_t i = 0; i < services; ++i)
    status.services.push_back(make_service(fmt::format("shop-{}", i), members));
  return status;
}

std::string page_of(const http::NodeStatus& status, const http::EventPage& events = {"run", 0, 0, {}}) {
  return web::page_html(web::make_view(status, "", noon), events, noon, "v1");
}

std::string text_of(const std::vector<web::Section>& sections) {
  std::string all;
  for (const web::Section& section : sections) all += section.text;
  return all;
}

/// The page's elements, which must be closed in the order of their opening; none is other than those that are known.
std::multiset<std::string> elements_of(const std::string& html) {
  static const std::set<std::string> lone = {"meta", "link", "input"};
  std::multiset<std::string> names;
  std::vector<std::string> open;
  static const std::regex tag(R"(<(/?)([!a-zA-Z][a-zA-Z0-9]*)((?:[^<>"]|"[^"<>]*")*)>)");
  std::size_t angles = 0;
  for (std::sregex_iterator each(html.begin(), html.end(), tag), end; each != end; ++each) {
    ++angles;
    const std::string name = (*each)[2];
    static const std::regex handler(R"(\son[a-z]+=)"), value(R"("[^"]*")");
    CHECK_FALSE(std::regex_search(std::regex_replace((*each)[3].str(), value, "\"\""), handler));
    if (name == "!DOCTYPE") continue;
    if ((*each)[1].length() == 0) {
      names.insert(name);
      if (!lone.contains(name)) open.push_back(name);
    } else {
      REQUIRE_FALSE(open.empty());
      CHECK(open.back() == name);
      open.pop_back();
    }
  }
  CHECK(open.empty());
  CHECK(static_cast<std::size_t>(std::count(html.begin(), html.end(), '<')) == angles);
  return names;
}

}  // namespace

TEST_CASE("web: a text from outside is text, in an element and in an attribute") {
  CHECK(web::escape("a<b>&\"c'\n\x01z") == "a&lt;b&gt;&amp;&quot;c&#39;  z");
  CHECK(web::escape("r\xc3\xa4t") == "r\xc3\xa4t");
}

TEST_CASE("web: hostile names and texts add no element, attribute or script") {
  http::NodeStatus calm = make_status(1, 1);
  fail_member(calm.services[0], 0);
  http::NodeStatus bad = calm;
  for (http::NodeStatus* status : {&calm, &bad}) {
    const std::string text = status == &bad ? hostile : "plain";
    status->node = status->version = text;
    status->routers[0].name = status->routers[0].reason = status->routers[0].addresses[0] = text;
    status->routers[0].trouble = text;
    status->services[0].name = status->services[0].service = text;
    status->services[0].members[0].endpoint = status->services[0].members[0].reason = text;
    status->services[0].members[0].standing = status->services[0].members[0].check = text;
    status->problems = {text};
    status->manifest.current->subject = status->manifest.current->author = status->manifest.source = text;
    status->manifest.refused = status->manifest.error = status->manifest.held = status->manifest.reason = text;
    status->suspended = http::SuspensionStatus{noon, text, 1, {text}};
    status->drift = {{{text, 1}}, {{text, text, text, 1, noon}}};
    status->foreign = {{{text, text}}, 1};
  }
  const auto events = [](const std::string& text) {
    return http::EventPage{"run", 1, 0, {{1, noon, text, text, "add", text, text, text}}};
  };
  const std::string html = page_of(bad, events(hostile));
  CHECK(elements_of(html) == elements_of(page_of(calm, events("plain"))));
  CHECK(html.find("alert(1)") != std::string::npos);
  CHECK(html.find("<script>") == std::string::npos);
  CHECK(html.find('\x01') == std::string::npos);

  // As server-sent events: a line each, whatever the texts hold.
  bad.problems = {"one\nevent: section\ndata: {}\n\ntwo\r\nthree"};
  const std::string stream = text_of(web::sections_of(web::make_view(bad, "", noon)));
  CHECK(stream.find("\nevent: section\ndata: {}\n") == std::string::npos);
  CHECK(stream.find('\r') == std::string::npos);
  CHECK(stream.find('\xff') == std::string::npos);
  CHECK(web::change_text(events(hostile + "\n\n").events[0], "run").find("\n\n") ==
        web::change_text(events(hostile + "\n\n").events[0], "run").size() - 2);
}

TEST_CASE("web: what is wrong stands first, and leads to its service") {
  http::NodeStatus status = make_status(2, 3);
  fail_member(status.services[1], 2);
  const web::View view = web::make_view(status, "", noon);
  CHECK(view.headline.text == "ready");
  REQUIRE(view.troubles.size() == 1);
  CHECK(view.troubles[0].cell == web::Cell{"service shop-1: 2 of 3 members serve", web::Tone::warning});
  CHECK(view.troubles[0].service == "shop-1");
  CHECK(view.routers[0].cells[1] == web::Cell{"MASTER", web::Tone::good});
  CHECK(view.services[1].members[2].cells[1] == web::Cell{"down", web::Tone::bad, noon - 2min});
  CHECK(view.facts[0].cells[0].text == "192.0.2.1/24 on eth0");

  const std::string html = page_of(status);
  for (const char* part :
       {"<html lang=\"en\"", "<title>lvs-128: ready</title>", "name=\"viewport\"", "href=\"#main\"",
        "<main id=\"main\"", "<caption class=\"hidden\">Members of shop-1</caption>", "<th scope=\"col\"",
        "<th scope=\"row\"", "<a href=\"#service-shop-1\">show shop-1</a>",
        "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>", "<span class=\"t bad\">down</span>"}) {
    CHECK_MESSAGE(html.find(part) != std::string::npos, part);
  }
}

TEST_CASE("web: suspended, held, refused and not eligible are said") {
  http::NodeStatus status = make_status(1, 1);
  status.eligible = false;
  status.reason = "IPVS is not programmed";
  status.suspended = http::SuspensionStatus{noon - 1h, "a change of switches", 2, {"+ service tcp 192.0.2.9:80"}};
  status.manifest.refused = "ffff";
  status.manifest.error = "web.yaml:1:1: unknown field";
  status.manifest.held = "eeee";
  status.manifest.reason = "it removes 5 of 6 services";
  const std::string html = page_of(status);
  for (const char* part :
       {"NOT ELIGIBLE, stands for no election: IPVS is not programmed", "suspended, a change of switches",
        "not applied: + service tcp 192.0.2.9:80", "manifest ffff is not valid, 0123456789ab stays in force",
        "manifest eeee is held: it removes 5 of 6 services"}) {
    CHECK_MESSAGE(html.find(part) != std::string::npos, part);
  }
}

TEST_CASE(
    "web: of a thousand services with ten members the page has the sums, each service, and the members in trouble") {
  http::NodeStatus status = make_status(1000, 10);
  fail_member(status.services[7], 3);
  const web::View view = web::make_view(status, "", noon);
  CHECK(view.services.size() == 1000);
  CHECK(view.services_summary.text.starts_with("1,000 services: 1 short of members; 9,999 of 10,000 members serve"));
  CHECK(view.services[7].members.size() == 1);
  CHECK(view.services[7].more == 9);
  CHECK(view.services[8].members.empty());
  const std::string html = page_of(status);
  elements_of(html);
  MESSAGE("1,000 x 10: the page has " << html.size() << " bytes, the first piece of the stream "
                                      << text_of(web::sections_of(view)).size());
  CHECK(html.size() < (3U << 20));
  CHECK(text_of(web::sections_of(view)).size() < (512U << 10));
  // One service shows them all.
  status.services = {status.services[7]};
  CHECK(web::make_view(status, "shop-7", noon).services[0].members.size() == 10);
}

TEST_CASE("web: an age that is told in seconds does not make a section another one each second") {
  http::NodeStatus status = make_status(1, 1);
  const auto text = [&](std::chrono::seconds age, http::Instant now) {
    status.services[0].members[0].since = age;
    return text_of(web::sections_of(web::make_view(status, "", now)));
  };
  CHECK(text(200s, noon) == text(201s, noon + 1s));
  CHECK(text(200s, noon) == text(200s, noon + 900ms));
}

TEST_CASE("web: events go on after the last that was seen, of this run of the controller only") {
  CHECK(web::resume_after("run/12", "run") == 12);
  CHECK(web::resume_after("run/12", "another") == 0);
  for (const char* broken : {"", "12", "run", "run/", "run/x", "run/-1", "/12"})
    CHECK(web::resume_after(broken, "run") == 0);
  CHECK(web::framed("a", "x\ny", "run/1") == "event: a\nid: run/1\ndata: x\ndata: y\n\n");
}
