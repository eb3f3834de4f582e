// What `apply` hands to the controller, and what it answers: there and back, and what is refused.
#include <doctest/doctest.h>

#include "controller/http/apply_message.hpp"

using namespace ballast;
using namespace std::chrono_literals;
using http::ApplyAnswer;
using http::ApplyRequest;

TEST_CASE("apply message: a request with any bytes comes out as it went in") {
  ApplyRequest request;
  request.texts = {{"a.yaml", "kind: \"x\"\n"}, {"-", std::string("\0\xff\n{", 4)}, {"empty.yaml", ""}};
  request.node = "lvs-128";
  request.preview = request.absent = request.approve = request.json = request.colour = request.guard = true;
  request.confirm = 1500ms;
  const auto read = http::parse_apply_request(http::apply_request_text(request));
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  REQUIRE(read->texts.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read->texts[i].name == request.texts[i].name);
    CHECK(read->texts[i].text == request.texts[i].text);
  }
  CHECK(read->node == "lvs-128");
  CHECK((read->preview && read->absent && read->approve && read->json && read->colour && read->guard));
  CHECK(read->confirm == 1500ms);

  const auto plain = http::parse_apply_request("{\"texts\": [{\"name\": \"m\", \"bytes\": 1}]}\nx");
  REQUIRE(plain.has_value());
  CHECK_FALSE((plain->preview || plain->absent || plain->approve || plain->confirm || plain->guard));
}

TEST_CASE("apply message: what is no request is refused") {
  for (const char* body :
       {"", "no line", "nonsense\n", "[]\n", "{}\n", "{\"texts\": {}}\nx",
        "{\"texts\": [{\"name\": \"m\", \"bytes\": 2}]}\nx", "{\"texts\": [{\"name\": \"m\", \"bytes\": 0}]}\nx",
        "{\"texts\": [{\"name\": \"m\", \"bytes\": -1}]}\nx", "{\"texts\": [], \"confirmSeconds\": 0}\n",
        "{\"texts\": [], \"confirmSeconds\": 1e9}\n", "{\"texts\": [], \"confirmSeconds\": \"60\"}\n",
        "{\"texts\": [], \"preview\": 1}\n"}) {
    CAPTURE(body);
    CHECK(http::parse_apply_request(body).has_error());
  }
}

TEST_CASE("apply message: an answer there and back") {
  const ApplyAnswer answer{true, 2, "+ service\n", {"m:1:1: wrong"}, {"first", "second"}};
  const auto read = http::read_apply_answer(http::apply_answer_json(answer));
  REQUIRE(read.has_value());
  CHECK(*read == answer);
  const auto working = http::read_apply_answer(http::apply_answer_json(ApplyAnswer{}));
  REQUIRE(working.has_value());
  CHECK_FALSE(working->done);
  CHECK(http::read_apply_answer("{}").has_error());
  CHECK(http::read_apply_id("{\"id\": 7}").value() == 7);
  CHECK(http::read_apply_id("{\"id\": -7}").has_error());
}
