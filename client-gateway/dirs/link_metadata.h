// link_metadata: what a directory says about a link to a child, as JSON text. Pure, any thread.
// Source: allmydata.dirnode.update_metadata; the text is spelled as Python's json.dumps does, since
// the capability of an immutable directory hangs on it.
#pragma once

#include "client-gateway/dirs/directory_service.h"

#include <optional>
#include <string_view>

namespace tarn::gateway {

/// Objects and arrays inside one another.
inline constexpr std::size_t kMaxMetadataDepth = 64;

/// \return InvalidInput: no JSON, no object, or nested deeper than kMaxMetadataDepth.
Result<void> checkMetadata(std::string_view json);

/// The same object as Python spells it. \return InvalidInput as checkMetadata().
Result<MetadataText> spelledMetadata(std::string_view json);

struct UpdatedMetadata
{
    MetadataText text;
    bool noWrite = false; ///< the link is to give no write access
};

/// \param old    of the link that stands there; none: the link is new.
/// \param given  the caller's; none: the old remains. Its member "tahoe" is not the caller's and is
///               taken from `old`.
/// \param now    seconds since 1970: "linkmotime", and "linkcrtime" where there is none yet.
/// \return InvalidInput as checkMetadata().
Result<UpdatedMetadata> updatedMetadata(std::optional<std::string_view> old,
                                        std::optional<std::string_view> given, double now);

} // namespace tarn::gateway
