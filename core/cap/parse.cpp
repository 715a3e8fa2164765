#include "core/cap/parse.h"

#include "core/codec/base32.h"

#include <array>
#include <charconv>
#include <limits>

namespace tarn::cap {

namespace {

/// Takes the fields of one capability body off the front; errors name the field.
class FieldReader
{
public:
    explicit FieldReader(std::string_view body) : m_rest(body) {}

    /// Base32 of exactly Value::kSize bytes.
    template <class Value>
    Result<Value> bytes(const char* field)
    {
        const std::string_view text = takeField();
        const std::size_t length = (Value::kSize * 8 + 4) / 5;
        if (text.size() != length) {
            return bad(field, "must be " + std::to_string(length) + " base32 characters, not " +
                                  std::to_string(text.size()));
        }
        const Result<Bytes> decoded = codec::decodeBase32(text);
        if (!decoded) return bad(field, "is not base32 (a-z, 2-7; the last character is special)");
        return Value::from(*decoded);
    }

    /// Digits up to the next ':' or the end.
    Result<std::uint64_t> number(const char* field) { return parseNumber(field, takeField()); }

    /// Digits; whatever follows them is left.
    Result<std::uint64_t> leadingNumber(const char* field)
    {
        const std::size_t end = std::min(m_rest.find_first_not_of("0123456789"), m_rest.size());
        const std::string_view digits = m_rest.substr(0, end);
        m_rest.remove_prefix(end);
        m_ended = m_rest.empty();
        return parseNumber(field, digits);
    }

    /// Nothing may follow.
    Result<void> end(const char* lastField) const
    {
        if (m_ended) return ok();
        return bad(lastField, "is followed by more text");
    }

private:
    std::string_view takeField()
    {
        const std::size_t colon = m_rest.find(':');
        const std::string_view field = m_rest.substr(0, colon);
        m_ended = colon == std::string_view::npos;
        m_rest.remove_prefix(m_ended ? m_rest.size() : colon + 1);
        return field;
    }

    static Error bad(const char* field, const std::string& why)
    {
        return Error(ErrorCode::InvalidInput, std::string(field) + " " + why);
    }

    static Result<std::uint64_t> parseNumber(const char* field, std::string_view digits)
    {
        if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
            return bad(field, "must be a decimal number");
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (parsed.ec != std::errc()) return bad(field, "is larger than 2^64-1");
        return value;
    }

    std::string_view m_rest;
    bool m_ended = false;
};

/// Some forms let one newline through at their end, as the reference's pattern does.
std::string_view withoutNewline(std::string_view body)
{
    if (body.ends_with('\n')) body.remove_suffix(1);
    return body;
}

Result<FileCap> parseLiteral(std::string_view body)
{
    Result<Bytes> data = codec::decodeBase32(withoutNewline(body));
    if (!data) return Error(ErrorCode::InvalidInput, "the data is not base32");
    return FileCap(LiteralCap{*std::move(data)});
}

Result<FileCap> parseImmutableRead(std::string_view body)
{
    FieldReader fields(withoutNewline(body));
    ImmutableReadCap cap;
    TARN_TRY(cap.key, fields.bytes<FileKey>("the key"));
    TARN_TRY(cap.uriExtensionHash, fields.bytes<Hash256>("the URI extension hash"));
    TARN_TRY(cap.needed, fields.number("the number of needed shares"));
    TARN_TRY(cap.total, fields.number("the number of total shares"));
    TARN_TRY(cap.size, fields.number("the size"));
    TARN_TRY_VOID(fields.end("the size"));
    return FileCap(cap);
}

Result<FileCap> parseImmutableVerify(std::string_view body)
{
    FieldReader fields(body);
    ImmutableVerifyCap cap;
    TARN_TRY(cap.index, fields.bytes<StorageIndex>("the storage index"));
    TARN_TRY(cap.uriExtensionHash, fields.bytes<Hash256>("the URI extension hash"));
    TARN_TRY(cap.needed, fields.number("the number of needed shares"));
    TARN_TRY(cap.total, fields.number("the number of total shares"));
    TARN_TRY(cap.size, fields.leadingNumber("the size"));
    return FileCap(cap);
}

/// The three mutable kinds differ in what their first field is.
template <class MutableCap, class First>
Result<FileCap> parseMutable(std::string_view body, MutableFormat format, First MutableCap::*first,
                             const char* firstName)
{
    FieldReader fields(withoutNewline(body));
    MutableCap cap;
    cap.format = format;
    TARN_TRY(cap.*first, fields.bytes<First>(firstName));
    TARN_TRY(cap.fingerprint, fields.bytes<Hash256>("the fingerprint"));
    if (format == MutableFormat::Sdmf) TARN_TRY_VOID(fields.end("the fingerprint"));
    return FileCap(cap);
}

template <MutableFormat format>
Result<FileCap> parseMutableWrite(std::string_view body)
{
    return parseMutable(body, format, &MutableWriteCap::writeKey, "the write key");
}

template <MutableFormat format>
Result<FileCap> parseMutableRead(std::string_view body)
{
    return parseMutable(body, format, &MutableReadCap::readKey, "the read key");
}

template <MutableFormat format>
Result<FileCap> parseMutableVerify(std::string_view body)
{
    return parseMutable(body, format, &MutableVerifyCap::index, "the storage index");
}

/// What a type of capability asks of its place.
enum class Needs { Nothing, Mutable, Writable };

struct Type
{
    std::string_view prefix;
    Needs needs;
    bool directory;
    Result<FileCap> (*parse)(std::string_view body);
    const char* description; ///< for constraint errors
};

constexpr auto kSdmf = MutableFormat::Sdmf;
constexpr auto kMdmf = MutableFormat::Mdmf;

constexpr std::array kTypes{
    Type{"URI:LIT:", Needs::Nothing, false, parseLiteral, ""},
    Type{"URI:CHK:", Needs::Nothing, false, parseImmutableRead, ""},
    Type{"URI:CHK-Verifier:", Needs::Nothing, false, parseImmutableVerify, ""},
    Type{"URI:SSK:", Needs::Writable, false, parseMutableWrite<kSdmf>, "URI:SSK file writecap"},
    Type{"URI:SSK-RO:", Needs::Mutable, false, parseMutableRead<kSdmf>,
         "URI:SSK-RO readcap to a mutable file"},
    Type{"URI:SSK-Verifier:", Needs::Nothing, false, parseMutableVerify<kSdmf>, ""},
    Type{"URI:MDMF:", Needs::Writable, false, parseMutableWrite<kMdmf>, "URI:MDMF file writecap"},
    Type{"URI:MDMF-RO:", Needs::Mutable, false, parseMutableRead<kMdmf>,
         "URI:MDMF-RO readcap to a mutable file"},
    Type{"URI:MDMF-Verifier:", Needs::Nothing, false, parseMutableVerify<kMdmf>, ""},
    Type{"URI:DIR2:", Needs::Writable, true, parseMutableWrite<kSdmf>,
         "URI:DIR2 directory writecap"},
    Type{"URI:DIR2-RO:", Needs::Mutable, true, parseMutableRead<kSdmf>,
         "URI:DIR2-RO readcap to a mutable directory"},
    Type{"URI:DIR2-Verifier:", Needs::Nothing, true, parseMutableVerify<kSdmf>, ""},
    Type{"URI:DIR2-CHK:", Needs::Nothing, true, parseImmutableRead, ""},
    Type{"URI:DIR2-CHK-Verifier:", Needs::Nothing, true, parseImmutableVerify, ""},
    Type{"URI:DIR2-LIT:", Needs::Nothing, true, parseLiteral, ""},
    Type{"URI:DIR2-MDMF:", Needs::Writable, true, parseMutableWrite<kMdmf>,
         "URI:DIR2-MDMF directory writecap"},
    Type{"URI:DIR2-MDMF-RO:", Needs::Mutable, true, parseMutableRead<kMdmf>,
         "URI:DIR2-MDMF-RO readcap to a mutable directory"},
    Type{"URI:DIR2-MDMF-Verifier:", Needs::Nothing, true, parseMutableVerify<kMdmf>, ""},
    // Stand-ins for capabilities of later versions, which are unknown but claim something.
    Type{"x-tahoe-future-test-writeable:", Needs::Writable, false, nullptr,
         "x-tahoe-future-test-writeable: testing cap"},
    Type{"x-tahoe-future-test-mutable:", Needs::Mutable, false, nullptr,
         "x-tahoe-future-test-mutable: testing cap"},
};

const Type* typeOf(std::string_view text)
{
    for (const Type& type : kTypes)
        if (text.starts_with(type.prefix)) return &type;
    return nullptr;
}

/// What the context and the alleged prefix leave possible.
struct Allowed
{
    bool isMutable = true;
    bool isWritable = true;

    bool permits(Needs needs) const
    {
        return needs == Needs::Nothing || (needs == Needs::Mutable ? isMutable : isWritable);
    }
};

Allowed takePrefix(std::string_view& text, ParseContext context)
{
    Allowed allowed;
    if (context == ParseContext::DeepImmutable) allowed = {false, false};
    if (text.starts_with(kAllegedImmutable)) {
        allowed = {false, false};
        text.remove_prefix(kAllegedImmutable.size());
    } else if (text.starts_with(kAllegedReadOnly)) {
        allowed.isWritable = false;
        text.remove_prefix(kAllegedReadOnly.size());
    }
    return allowed;
}

CapProblem constraintProblem(const Type& type, const Allowed& allowed)
{
    const std::string what(type.description);
    if (!allowed.isMutable) {
        return {CapProblem::Kind::MustBeDeepImmutable, what + " used in an immutable context"};
    }
    return {CapProblem::Kind::MustBeReadOnly, what + " used in a read-only context"};
}

Cap fromFile(const Type& type, FileCap file)
{
    if (type.directory) return DirectoryCap{std::move(file)};
    return std::visit([](auto& cap) { return Cap(std::move(cap)); }, file);
}

} // namespace

Cap parseCap(std::string_view text, ParseContext context)
{
    std::string_view rest = text;
    const Allowed allowed = takePrefix(rest, context);
    const Type* type = typeOf(rest);
    if (type == nullptr) return UnknownCap{std::string(text), std::nullopt};
    if (!allowed.permits(type->needs))
        return UnknownCap{std::string(text), constraintProblem(*type, allowed)};
    if (type->parse == nullptr) return UnknownCap{std::string(text), std::nullopt};

    Result<FileCap> file = type->parse(rest.substr(type->prefix.size()));
    if (file) return fromFile(*type, *std::move(file));
    const std::string_view name = type->prefix.substr(0, type->prefix.size() - 1);
    CapProblem problem{CapProblem::Kind::Bad,
                       "bad " + std::string(name) + " capability: " + file.error().message()};
    return UnknownCap{std::string(text), std::move(problem)};
}

Result<Cap> parseKnownCap(std::string_view text)
{
    Cap cap = parseCap(text);
    const auto* unknown = std::get_if<UnknownCap>(&cap);
    if (unknown == nullptr) return cap;
    if (unknown->problem) return Error(ErrorCode::InvalidInput, unknown->problem->message);
    return Error(ErrorCode::Unsupported, "not a capability of a known type");
}

bool looksLikeCap(std::string_view text)
{
    takePrefix(text, ParseContext::Anywhere);
    return text.starts_with("URI:");
}

} // namespace tarn::cap
