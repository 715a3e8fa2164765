#include "client-gateway/dirs/child_name.h"

#include "core/base/bytes.h"
#include "core/codec/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace tarn::gateway {

namespace {

/// First byte of U+0300: nothing before it ever combines or decomposes differently in NFC.
constexpr unsigned char kFirstCombiningLead = 0xcc;

bool surelyNormal(std::string_view name)
{
    return std::all_of(name.begin(), name.end(), [](char character) {
        return static_cast<unsigned char>(character) < kFirstCombiningLead;
    });
}

} // namespace

Result<std::string> normalizedName(std::string_view name)
{
    if (!codec::isUtf8(asBytes(name)))
        return Error(ErrorCode::InvalidInput, "the name of a child is not UTF-8");
    if (surelyNormal(name)) return std::string(name);
    utf8proc_uint8_t* mapped = nullptr;
    const auto options =
        static_cast<utf8proc_option_t>(unsigned{UTF8PROC_STABLE} | unsigned{UTF8PROC_COMPOSE});
    const utf8proc_ssize_t length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                     static_cast<utf8proc_ssize_t>(name.size()), &mapped, options);
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(mapped, &std::free);
    if (length < 0)
        return Error(ErrorCode::InvalidInput, std::string("the name of a child cannot be "
                                                          "normalized: ") +
                                                  utf8proc_errmsg(length));
    return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
}

} // namespace tarn::gateway
