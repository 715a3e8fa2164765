#include "profiles/friendnet/encoding_choice.h"

#include "core/node/files.h"

#include <array>
#include <charconv>

namespace tarn::profiles {

namespace {

using control::EncodingChoice;

constexpr std::uint32_t kMostShares = 256;
constexpr std::string_view kAutomatic = "auto";
constexpr std::size_t kMaxFileBytes = 4096;

Error refused(std::string why)
{
    return Error(ErrorCode::InvalidInput, std::move(why));
}

std::string shares(std::uint32_t count)
{
    return std::to_string(count) + (count == 1 ? " share" : " shares");
}

std::string membersOffering(std::uint32_t count)
{
    return count == 1 ? "only 1 member offers storage"
                      : "only " + std::to_string(count) + " members offer storage";
}

/// Whoever the members are.
Result<void> checkAlone(const EncodingChoice& choice)
{
    const std::string k = std::to_string(choice.needed);
    const std::string happy = std::to_string(choice.happy);
    const std::string n = std::to_string(choice.total);
    if (choice.total < 1 || choice.total > kMostShares)
        return refused("N is " + n + ": a file has 1 to 256 shares");
    if (choice.needed < 1) return refused("K is 0: no file is given back by no share");
    if (choice.needed > choice.total)
        return refused("K is " + k + ", but there are " + shares(choice.total) +
                       " of a file: it could never be given back. K is N at most");
    if (choice.happy > choice.total)
        return refused("HAPPY is " + happy + ", but so many members can not have one of " +
                       shares(choice.total) + " each: no file would ever be safe. It is N at most");
    if (choice.happy < choice.needed)
        return refused("HAPPY is " + happy + ", but " + k + " shares are needed: files would be " +
                       "made anew only when they are lost. It is K at least");
    return ok();
}

} // namespace

Result<void> checkEncoding(const EncodingChoice& choice, std::uint32_t members)
{
    TARN_TRY_VOID(checkAlone(choice));
    if (choice.total <= members) return ok();
    return refused("N is " + std::to_string(choice.total) + ", but " + membersOffering(members) +
                   ": some would get several shares, which are lost together, and files would " +
                   "look safer than they are. N is " + std::to_string(members) +
                   " at most; invite more members first");
}

std::string encodingProblem(const EncodingChoice& choice, std::uint32_t members)
{
    if (choice.total <= members) return {};
    return "files get " + shares(choice.total) + ", but " + membersOffering(members) +
           ": some keep several, which are lost together; choose fewer, or `tarn placement " +
           "encoding auto`";
}

std::string encodingText(const ChosenEncoding& choice)
{
    if (!choice) return std::string(kAutomatic) + "\n";
    return std::to_string(choice->needed) + " " + std::to_string(choice->happy) + " " +
           std::to_string(choice->total) + "\n";
}

Result<ChosenEncoding> parseEncoding(std::string_view text)
{
    constexpr const char* kExpected = "expected \"K HAPPY N\" or \"auto\" in one line";
    if (!text.ends_with('\n')) return refused(kExpected);
    text.remove_suffix(1);
    if (text == kAutomatic) return ChosenEncoding();
    std::array<std::uint32_t, 3> numbers{};
    const char* at = text.data();
    const char* const last = text.data() + text.size();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0 && (at == last || *at++ != ' ')) return refused(kExpected);
        const auto [end, failed] = std::from_chars(at, last, numbers[i]);
        if (failed != std::errc()) return refused(kExpected);
        at = end;
    }
    if (at != last) return refused(kExpected);
    const EncodingChoice out{numbers[0], numbers[1], numbers[2]};
    TARN_TRY_VOID(checkAlone(out));
    return ChosenEncoding(out);
}

Result<ChosenEncoding> readEncodingBlocking(const node::StateDir& dir)
{
    const std::string path = dir.pathOf(kEncodingFile);
    const Result<Bytes> text = node::readFileBlocking(path, kMaxFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) return ChosenEncoding();
    if (!text) return text.error();
    Result<ChosenEncoding> out = parseEncoding(asText(*text));
    if (!out) return std::move(out).error().within(path);
    return out;
}

} // namespace tarn::profiles
