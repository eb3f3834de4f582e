// The style sheet, the scripts and the icon, as they are in this folder: the build writes them into the program.
#pragma once

#include <string_view>

namespace ballast::web {

extern const std::string_view style_css;
extern const std::string_view page_js;
extern const std::string_view charts_js;
extern const std::string_view icon_svg;
/// Another one for other files.
extern const std::string_view assets_version;

}  // namespace ballast::web
