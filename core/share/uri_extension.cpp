#include "core/share/uri_extension.h"

#include "core/codec/netstring.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/tagged_hash.h"
#include "core/share/immutable_layout.h"

#include <charconv>
#include <functional>
#include <map>

namespace tarn::share {

namespace {

using Fields = std::map<std::string, Bytes, std::less<>>;

constexpr std::string_view kCodecName = "crs"; // zfec

Error corrupt(std::string_view key, const char* what)
{
    return Error(ErrorCode::Corrupt, "URI extension: " + std::string(key) + " " + what);
}

Bytes textValue(std::uint64_t number)
{
    return toBytes(std::to_string(number));
}

Bytes textValue(const CodecParameters& p)
{
    return toBytes(std::to_string(p.segmentSize) + "-" + std::to_string(p.needed) + "-" +
                   std::to_string(p.total));
}

Result<std::uint64_t> parseNumber(std::string_view key, std::string_view text)
{
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) return corrupt(key, "is no number");
    return value;
}

Result<CodecParameters> parseParameters(std::string_view key, std::string_view text)
{
    CodecParameters parameters;
    const std::size_t first = text.find('-');
    const std::size_t second = text.find('-', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) return corrupt(key, "is not size-k-N");
    TARN_TRY(parameters.segmentSize, parseNumber(key, text.substr(0, first)));
    TARN_TRY(parameters.needed, parseNumber(key, text.substr(first + 1, second - first - 1)));
    TARN_TRY(parameters.total, parseNumber(key, text.substr(second + 1)));
    return parameters;
}

Result<Hash256> parseHash(std::string_view key, ByteView value)
{
    if (value.size() != Hash256::kSize) return corrupt(key, "is no hash");
    return Hash256::prefixOf(value);
}

Result<Fields> readFields(ByteView block)
{
    Fields fields;
    while (!block.empty()) {
        const std::string_view text = asText(block);
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) return corrupt("block", "ends inside a key");
        const std::string key(text.substr(0, colon));
        codec::NetstringReader values(block.subspan(colon + 1), kMaxUriExtensionSize);
        const Result<ByteView> value = values.next();
        if (!value) return corrupt("block", "has a malformed value");
        if (!fields.emplace(key, toBytes(*value)).second) return corrupt(key, "comes twice");
        block = values.rest();
    }
    return fields;
}

const Bytes* find(const Fields& fields, std::string_view key)
{
    const auto found = fields.find(key);
    return found == fields.end() ? nullptr : &found->second;
}

template <class T, class Parse>
Result<void> readOptional(const Fields& fields, std::string_view key, std::optional<T>& into,
                          Parse parse)
{
    const Bytes* value = find(fields, key);
    if (value == nullptr) return ok();
    TARN_TRY(into, parse(key, *value));
    return ok();
}

template <class T, class Parse>
Result<T> readRequired(const Fields& fields, std::string_view key, Parse parse)
{
    const Bytes* value = find(fields, key);
    if (value == nullptr) return corrupt(key, "is missing");
    return parse(key, *value);
}

Result<std::uint64_t> numberOf(std::string_view key, const Bytes& value)
{
    return parseNumber(key, asText(value));
}

Result<CodecParameters> parametersOf(std::string_view key, const Bytes& value)
{
    return parseParameters(key, asText(value));
}

Result<std::string> textIn(std::string_view /*key*/, const Bytes& value)
{
    return textOf(value);
}

template <class T>
bool agrees(const std::optional<T>& field, const T& expected)
{
    return !field || *field == expected;
}

} // namespace

UriExtension makeUriExtension(const Segmentation& file, const FileHashes& hashes)
{
    UriExtension out;
    out.segmentSize = file.segmentSize();
    out.crypttextRootHash = hashes.crypttextRootHash;
    out.shareRootHash = hashes.shareRootHash;
    out.crypttextHash = hashes.crypttextHash;
    out.codecName = kCodecName;
    out.codecParameters = CodecParameters{file.segmentSize(), file.needed(), file.total()};
    out.tailCodecParameters = CodecParameters{file.paddedTailSize(), file.needed(), file.total()};
    out.needed = file.needed();
    out.total = file.total();
    out.segmentCount = file.segmentCount();
    out.size = file.size();
    return out;
}

Bytes encodeUriExtension(const UriExtension& extension)
{
    Fields fields;
    fields["segment_size"] = textValue(extension.segmentSize);
    fields["crypttext_root_hash"] = toBytes(extension.crypttextRootHash);
    fields["share_root_hash"] = toBytes(extension.shareRootHash);
    if (extension.crypttextHash) fields["crypttext_hash"] = toBytes(*extension.crypttextHash);
    if (extension.codecName) fields["codec_name"] = toBytes(std::string_view(*extension.codecName));
    if (extension.codecParameters) fields["codec_params"] = textValue(*extension.codecParameters);
    if (extension.tailCodecParameters)
        fields["tail_codec_params"] = textValue(*extension.tailCodecParameters);
    if (extension.needed) fields["needed_shares"] = textValue(*extension.needed);
    if (extension.total) fields["total_shares"] = textValue(*extension.total);
    if (extension.segmentCount) fields["num_segments"] = textValue(*extension.segmentCount);
    if (extension.size) fields["size"] = textValue(*extension.size);

    Bytes block;
    for (const auto& [key, value] : fields) {
        append(block, asBytes(key));
        append(block, asBytes(":"));
        codec::appendNetstring(block, value);
    }
    return block;
}

std::uint64_t uriExtensionSize(const Segmentation& file)
{
    return encodeUriExtension(makeUriExtension(file, {})).size();
}

Hash256 uriExtensionHash(ByteView block)
{
    return crypto::taggedHash(crypto::tags::kUriExtension, block);
}

Result<UriExtension> parseUriExtension(ByteView block)
{
    TARN_TRY(const Fields fields, readFields(block));
    UriExtension out;
    TARN_TRY(out.segmentSize, readRequired<std::uint64_t>(fields, "segment_size", numberOf));
    TARN_TRY(out.crypttextRootHash,
             readRequired<Hash256>(fields, "crypttext_root_hash", parseHash));
    TARN_TRY(out.shareRootHash, readRequired<Hash256>(fields, "share_root_hash", parseHash));
    TARN_TRY_VOID(readOptional(fields, "crypttext_hash", out.crypttextHash, parseHash));
    TARN_TRY_VOID(readOptional(fields, "codec_name", out.codecName, textIn));
    TARN_TRY_VOID(readOptional(fields, "codec_params", out.codecParameters, parametersOf));
    TARN_TRY_VOID(readOptional(fields, "tail_codec_params", out.tailCodecParameters, parametersOf));
    TARN_TRY_VOID(readOptional(fields, "needed_shares", out.needed, numberOf));
    TARN_TRY_VOID(readOptional(fields, "total_shares", out.total, numberOf));
    TARN_TRY_VOID(readOptional(fields, "num_segments", out.segmentCount, numberOf));
    TARN_TRY_VOID(readOptional(fields, "size", out.size, numberOf));
    return out;
}

Result<Segmentation> segmentationOf(const UriExtension& extension, std::uint64_t size,
                                    std::uint64_t needed, std::uint64_t total)
{
    Result<Segmentation> file = Segmentation::ofFile(size, needed, total, extension.segmentSize);
    if (!file) return Error(ErrorCode::Corrupt, "URI extension: " + file.error().message());
    return file;
}

Result<void> checkConsistent(const UriExtension& extension, const Segmentation& file)
{
    const UriExtension expected = makeUriExtension(file, {});
    if (!agrees(extension.codecName, *expected.codecName))
        return corrupt("codec_name", "is not crs");
    if (!agrees(extension.codecParameters, *expected.codecParameters))
        return corrupt("codec_params", "is inconsistent");
    if (!agrees(extension.tailCodecParameters, *expected.tailCodecParameters))
        return corrupt("tail_codec_params", "is inconsistent");
    if (!agrees(extension.needed, *expected.needed))
        return corrupt("needed_shares", "is inconsistent");
    if (!agrees(extension.total, *expected.total))
        return corrupt("total_shares", "is inconsistent");
    if (!agrees(extension.segmentCount, *expected.segmentCount))
        return corrupt("num_segments", "is inconsistent");
    if (!agrees(extension.size, *expected.size)) return corrupt("size", "is inconsistent");
    return ok();
}

} // namespace tarn::share
