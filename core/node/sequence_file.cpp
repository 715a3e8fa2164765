#include "core/node/sequence_file.h"

#include "core/gossip/record.h"

#include <charconv>

namespace tarn::node {

namespace {

constexpr std::string_view kFile = "announcement-sequence";

Result<std::uint64_t> lastSequence(const StateDir& dir)
{
    const Result<std::string> text = dir.readFile(kFile);
    if (!text && text.error().code() == ErrorCode::NotFound) return std::uint64_t{0};
    if (!text) return text.error();
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (error != std::errc() || end != text->data() + text->size() || out > gossip::kMaxSequence)
        return Error(ErrorCode::InvalidInput, dir.pathOf(kFile) + ": expected a number");
    return out;
}

} // namespace

Result<std::uint64_t> takeSequence(const StateDir& dir, std::uint64_t atLeast, WallTime now)
{
    TARN_TRY(const std::uint64_t last, lastSequence(dir));
    const std::uint64_t before = atLeast == 0 ? 0 : atLeast - 1;
    const std::uint64_t next = gossip::nextSequence(std::max(last, before), now);
    TARN_TRY_VOID(dir.writeFile(kFile, std::to_string(next) + "\n"));
    return next;
}

} // namespace tarn::node
