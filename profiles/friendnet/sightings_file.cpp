#include "profiles/friendnet/sightings_file.h"

#include "core/base/log.h"

namespace tarn::profiles {

Sightings readSightingsBlocking(const node::StateDir& dir, std::string_view name)
{
    const Result<Bytes> text = node::readFileBlocking(dir.pathOf(name), Sightings::kMostText);
    if (!text) {
        if (text.error().code() != ErrorCode::NotFound)
            TARN_LOG(Warning, Storage, "what was seen of own files is not known any more",
                     {"error", text.error().text()});
        return {};
    }
    std::uint64_t skipped = 0;
    Sightings out = Sightings::parse(asText(*text), skipped);
    if (skipped > 0)
        TARN_LOG(Warning, Storage, "what was seen of some own files cannot be read",
                 {"files", skipped}, {"path", dir.pathOf(name)});
    return out;
}

Result<void> writeSightingsBlocking(const node::StateDir& dir, const std::string& text,
                                    std::string_view name)
{
    if (text.size() > Sightings::kMostText)
        return Error(ErrorCode::TooLarge, dir.pathOf(name) + ": " + std::to_string(text.size()) +
                                              " bytes could not be read back");
    return dir.writeFile(name, text);
}

} // namespace tarn::profiles
