// What a mail server says of recipients and of the mail.
#include <doctest/doctest.h>

#include "drivers/mail_replies.hpp"

namespace {

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("mail replies: a refused recipient by its last line, once, and the last bad reply") {
  ballast::MailReplies replies;
  replies.take_reply("220 mail ESMTP\r\n");
  CHECK(replies.bad_reply().empty());
  replies.take_command("MAIL FROM:<a@b>\r\n");
  replies.take_reply("250 ok\r\n");
  replies.take_command("RCPT TO:<c@d> NOTIFY=NEVER\r\n");
  replies.take_reply("550-there is no\r\n");
  replies.take_reply("550 such user\r\n");
  replies.take_command("RCPT TO:<e@f>\r\n");
  replies.take_reply("250 ok\r\n");
  CHECK(replies.refusals() == Lines{"to c@d: 550 such user"});
  replies.take_command("DATA\r\n");
  replies.take_reply("451 later\x01\r\n");
  CHECK(replies.bad_reply() == "451 later?");
  CHECK(replies.refusals() == Lines{"to c@d: 550 such user"});
}

TEST_CASE("mail replies: lines that are none, and no end of refusals") {
  ballast::MailReplies replies;
  for (const char* line : {"", "\r\n", "what", "199 x"}) replies.take_reply(line);
  CHECK(replies.bad_reply().empty());
  replies.take_command("RCPT TO:<");
  replies.take_reply("5");
  CHECK(replies.bad_reply() == "5");
  CHECK(replies.refusals().empty());
  for (int i = 0; i < 1000; ++i) {
    replies.take_command("RCPT TO:<c@d");
    replies.take_reply("550 no\n");
  }
  CHECK(replies.refusals().size() == 100);
}
