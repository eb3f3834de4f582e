// From files to the lines that keepalived's parser sees: comments gone, files included, conditions judged, parameters
// replaced, sequences written out, and each brace on a line of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/import/config_files.hpp"
#include "controller/import/definitions.hpp"
#include "controller/import/remarks.hpp"

namespace ballast::keepalived {

struct Line {
  std::string text;  ///< never empty, no blanks around it; "{" and "}" stand alone
  Origin origin;
};

class LineReader {
 public:
  LineReader(ConfigFiles& files, Definitions& definitions, Remarks& remarks)
      : files_(files), definitions_(definitions), remarks_(remarks) {}

  /// Appends a file's lines; an error remark where it cannot be read.
  void read(const std::string& path);
  std::vector<Line> take() { return std::move(lines_); }

 private:
  struct Include;

  void read_text(const std::string& text);
  void feed(std::string text, bool continued);
  void store_definition();
  void process(std::string text, int depth);
  bool process_sequence(std::string_view text, int depth);
  bool process_list(std::string_view text, int depth);
  bool include(std::string_view text);
  void read_included(const std::string& path);
  bool judge_condition(std::string& text) const;
  void emit(std::string_view text);
  void emit_piece(std::string_view text);
  bool exhausted(std::size_t more);
  void remark(RemarkKind kind, std::string text) { remarks_.add(kind, origin_, std::move(text)); }

  ConfigFiles& files_;
  Definitions& definitions_;
  Remarks& remarks_;
  std::vector<Line> lines_;
  std::string directory_ = ".";
  Origin origin_;
  std::string pending_;  ///< of a line that goes on in the next
  std::string defined_;  ///< the parameter whose lines are being collected; empty: none
  bool defined_counts_ = true;
  Definition collected_;
  int include_depth_ = 0;
  std::size_t bytes_ = 0;
  bool is_exhausted_ = false;
};

/// A physical line without its comment and the blanks around it. `continued`: it ended in '\', which is cut off.
std::string without_comment(std::string_view line, bool& continued, bool& open_quote);

}  // namespace ballast::keepalived
