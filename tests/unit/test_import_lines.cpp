// keepalived's configuration language: what its parser sees of files, parameters, conditions and sequences. The
// expectations are what keepalived 2.2.7 -t says of the same texts.
#include "controller/import/tree.hpp"
#include "controller/import/words.hpp"
#include "tests/unit/importing.hpp"

using namespace ballast;
using namespace ballast::keepalived;

namespace {

std::vector<std::string> lines_of(std::map<std::string, std::string> files,
                                  std::vector<std::string>* errors = nullptr) {
  MemoryFiles memory(std::move(files));
  Definitions definitions(
      "main", [](const std::string& name) { return name == "SITE" ? std::optional<std::string>("42") : std::nullopt; });
  Remarks remarks;
  LineReader reader(memory, definitions, remarks);
  reader.read("k");
  std::vector<std::string> lines;
  for (const Line& line : reader.take()) lines.push_back(line.text);
  for (const Remark& remark : remarks.take()) {
    if (errors != nullptr) errors->push_back(remark.line());
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("import: comments begin with ! and #, but not within quotation marks") {
  CHECK(lines_of({{"k", "! all of it\n a 1 # rest\nb \"x # y\" ! rest\r\n\n  c\t2\nd\\#e\n"}}) ==
        Lines{"a 1", "b \"x # y\"", "c\t2", "d#e"});
}

TEST_CASE("import: blocks stand on one line or on many") {
  const Lines expected{"a", "{", "b 1", "c", "{", "d", "}", "}"};
  CHECK(lines_of({{"k", "a { b 1\n c { d }\n}"}}) == expected);
  CHECK(lines_of({{"k", "a\n{\nb 1\nc\n{ d } }"}}) == expected);
  CHECK(lines_of({{"k", "a \"{x}\" y"}}) == Lines{"a \"{x}\" y"});
}

TEST_CASE("import: a backslash joins a line with the next") {
  CHECK(lines_of({{"k", "a 1 \\\n  2 \\\n3\nb"}}) == Lines{"a 1 2 3", "b"});
}

TEST_CASE("import: parameters are replaced where they are used, and again in what they bring") {
  CHECK(lines_of({{"k",
                   "$BASE=10.2.${SUB}\n$SUB=0\n${BASE}.1/32\n$SUB=10\n${BASE}.1/32\n$NONE ${NONE} $\n"
                   "x$SUB, $SUB\n"}}) ==
        Lines{"10.2.0.1/32", "10.2.10.1/32", "$NONE $", "{", "NONE", "}", "$", "x10, 10"});
}

TEST_CASE("import: parameters of several lines, within one another") {
  CHECK(lines_of(
            {{"k",
              "$RS= \\\n  real $N \\\n\n { \\\n  w ${V} \\\n }\n$VS= \\\nvs ${V} { \\\n $N=1 \\\n $RS \\\n $N=2 \\\n "
              "$RS \\\n}\n$V=7\n$VS\nafter"}}) ==
        Lines{"vs 7", "{", "real 1", "{", "w 7", "}", "real 2", "{", "w 7", "}", "}", "after"});
}

TEST_CASE("import: lines for one node") {
  CHECK(lines_of({{"k",
                   "@main a\n@other b\n@^main c\n@^other d\n@main $P=240\n@other $P=100\np $P\n$IF=@main\n$IF x\n"
                   "$IF=@other\n$IF y\n@main\n"}}) == Lines{"a", "d", "p 240", "x"});
}

TEST_CASE("import: what is defined already") {
  CHECK(lines_of({{"k", "${_INSTANCE} ${_PWD} ${_HASH}${_BANG} ${_ENV SITE} ${_RANDOM 3 9}"}}) ==
        Lines{"main . #! 42 3"});
}

TEST_CASE("import: sequences and lists") {
  CHECK(lines_of({{"k", "~SEQ(I, 0, 2) a${I}"}}) == Lines{"a0", "a1", "a2"});
  CHECK(lines_of({{"k", "~SEQ(I, 2) a${I}"}}) == Lines{"a1", "a2"});
  CHECK(lines_of({{"k", "~SEQx(I, 0x90, 0x10, 0xb0) fe80::${I}"}}) == Lines{"fe80::90", "fe80::a0", "fe80::b0"});
  CHECK(lines_of({{"k", "~SEQ(I, 3, -1, 2) ~SEQ(J, 1, 2) ${I}.$J"}}) == Lines{"3.1", "3.2", "2.1", "2.2"});
  CHECK(lines_of({{"k", "~LST({A, B}, {10,1},{20,4}) x.${A}.${B}"}}) == Lines{"x.10.1", "x.20.4"});
  CHECK(lines_of({{"k", "~LST(A, p, q) ${A}"}}) == Lines{"p", "q"});
  CHECK(lines_of({{"k", "$VI= \\\n i ${I} \\\n j ${I}\n~SEQ(I, 1, 2) $VI"}}) == Lines{"i 1", "j 1", "i 2", "j 2"});
}

TEST_CASE("import: files are included, by pattern, and relative to the file that includes them") {
  CHECK(lines_of({{"k", "a\ninclude d/*\nb"}, {"d/1", "one\ninclude 2nd"}, {"d/2nd", "two"}}) ==
        Lines{"a", "one", "two", "two", "b"});
  Lines errors;
  lines_of({{"k", "include gone\ninclude none*\nincludew none*"}}, &errors);
  CHECK(errors == Lines{"k:1: error: there is no file gone",
                        "k:2: not carried over: include none*: no file matches, here and now",
                        "k:3: error: includew none*: no file matches, here and now"});
}

TEST_CASE("import: what would never end is an error") {
  for (const std::string text : {"$A=x $A\n$A", "include k", "~SEQ(I, 0, 2000000000) a", "$A= \\\n$A\\\n$A\n$A",
                                 "$A=${B}${B}\n$B=${A}${A}\n$A", "~SEQ(I, 1, 9) ~LST(X, 1) ~SEQ(I, 1 0)"}) {
    CAPTURE(text);
    Lines errors;
    lines_of({{"k", text}}, &errors);
    REQUIRE_FALSE(errors.empty());
    CHECK(errors.front().find(": error: ") != std::string::npos);
  }
}

TEST_CASE("import: bytes that are no text") {
  Lines errors;
  CHECK(lines_of({{"k",
                   "\xef\xbb\xbf"
                   "a \xff\x01 \xc3\xa9"}},
                 &errors) == Lines{"a ?? \xc3\xa9"});
  CHECK(errors == Lines{"k:1: changed: bytes that are no UTF-8 text were replaced by '?'"});
}

TEST_CASE("import: words, quoted and escaped") {
  CHECK(split_words("a \"b c\"\td\"e\"") == Lines{"a", "b c", "d", "e"});
  CHECK(split_quoted(R"(abcd" efg h jkl "mnop)") == Lines{"abcd efg h jkl mnop"});
  CHECK(split_quoted(R"(abcd "efg h jkl" mnop)") == Lines{"abcd", "efg h jkl", "mnop"});
  CHECK(split_quoted(R"('a b' \x41\102\n "\"" '')") == Lines{"a b", "AB\n", "\"", ""});
  CHECK(shell_word("/usr/bin/x") == "/usr/bin/x");
  CHECK(shell_word("it's") == "'it'\\''s'");
}

TEST_CASE("import: a brace too many or too few is an error with its place") {
  CHECK(testing::import_text("virtual_server 10.0.0.1 80 {\n real_server 10.0.0.2 80 {\n}\n").remarks ==
        Lines{"1: error: the block of 'virtual_server' has no '}'"});
  CHECK(testing::import_text("global_defs { }\n}\n").remarks ==
        Lines{"2: error: '}' closes no block; is there one too many, or is a '{' missing?"});
  CHECK(testing::import_text("{\n}\n").remarks == Lines{"1: error: '{' without a keyword before it"});
  CHECK(testing::import_text("a \"b\nc\n").remarks.front() ==
        "1: error: a quotation mark (\") has no second one on its line");
}
