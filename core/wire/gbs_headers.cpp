#include "core/wire/gbs_headers.h"

#include "core/codec/base64.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::wire {

namespace {

constexpr std::string_view kScheme = "Tahoe-LAFS ";
constexpr std::string_view kBlank = " \t";

struct KindName
{
    SecretKind kind;
    std::string_view name;
};

constexpr std::array<KindName, 4> kKindNames{{
    {SecretKind::LeaseRenew, "lease-renew-secret"},
    {SecretKind::LeaseCancel, "lease-cancel-secret"},
    {SecretKind::Upload, "upload-secret"},
    {SecretKind::WriteEnabler, "write-enabler"},
}};

constexpr std::array<SecretKind, 2> kLeases{SecretKind::LeaseRenew, SecretKind::LeaseCancel};
constexpr std::array<SecretKind, 3> kAllocate{SecretKind::LeaseRenew, SecretKind::LeaseCancel,
                                              SecretKind::Upload};
constexpr std::array<SecretKind, 1> kUpload{SecretKind::Upload};
constexpr std::array<SecretKind, 3> kSlot{SecretKind::LeaseRenew, SecretKind::LeaseCancel,
                                          SecretKind::WriteEnabler};

std::string_view nameOf(SecretKind kind)
{
    return kKindNames[static_cast<std::size_t>(kind)].name;
}

std::optional<SecretKind> kindNamed(std::string_view name)
{
    for (const KindName& known : kKindNames)
        if (known.name == name) return known.kind;
    return std::nullopt;
}

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Error badSecret(const std::string& what)
{
    return Error(ErrorCode::InvalidInput, "X-Tahoe-Authorization: " + what);
}

struct KindAndSecret
{
    SecretKind kind = SecretKind::Upload;
    Secret secret;
};

Result<KindAndSecret> parseSecret(std::string_view value)
{
    value = trimmed(value);
    const std::size_t space = value.find(' ');
    const std::optional<SecretKind> kind = kindNamed(value.substr(0, space));
    if (!kind || space == std::string_view::npos) {
        return badSecret("expected lease-renew-secret, lease-cancel-secret, upload-secret or "
                         "write-enabler, a space, and base64");
    }
    Result<Bytes> bytes = codec::decodeBase64Lenient(value.substr(space + 1));
    if (!bytes || bytes->empty())
        return badSecret("failed to decode secret " + std::string(nameOf(*kind)));
    KindAndSecret out;
    out.kind = *kind;
    out.secret = Secret(*bytes);
    wipe(*bytes);
    const bool lease = *kind == SecretKind::LeaseRenew || *kind == SecretKind::LeaseCancel;
    if (lease && out.secret.size() != LeaseSecret::kSize)
        return badSecret("lease secrets must be 32 bytes long");
    return out;
}

void keep(RequestSecrets& secrets, KindAndSecret given)
{
    switch (given.kind) {
    case SecretKind::LeaseRenew:
        secrets.leases.renew = LeaseSecret::prefixOf(given.secret.view());
        break;
    case SecretKind::LeaseCancel:
        secrets.leases.cancel = LeaseSecret::prefixOf(given.secret.view());
        break;
    case SecretKind::Upload:
        secrets.upload = std::move(given.secret);
        break;
    case SecretKind::WriteEnabler:
        secrets.writeEnabler = std::move(given.secret);
        break;
    }
}

std::string namesOf(std::span<const SecretKind> kinds)
{
    std::string out;
    for (const SecretKind kind : kinds)
        out += (out.empty() ? "" : ", ") + std::string(nameOf(kind));
    return out.empty() ? "none" : out;
}

/// One entry of Accept: its media type with all parameters but q, and q.
struct AcceptEntry
{
    std::string type;
    double quality = 1;
};

/// "0.5". Nothing unless digits, optionally a point and digits, at most 1.
std::optional<double> parseQuality(std::string_view text)
{
    double out = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, out, std::chars_format::fixed);
    const bool plain = !text.empty() && text.front() != '.' && text.back() != '.';
    if (error != std::errc() || at != end || !plain || out < 0 || out > 1) return std::nullopt;
    return out;
}

std::optional<AcceptEntry> parseAcceptEntry(std::string_view text)
{
    AcceptEntry out;
    std::size_t semicolon = text.find(';');
    out.type = std::string(trimmed(text.substr(0, semicolon)));
    while (semicolon != std::string_view::npos) {
        text.remove_prefix(semicolon + 1);
        semicolon = text.find(';');
        const std::string_view parameter = trimmed(text.substr(0, semicolon));
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            const std::optional<double> quality = parseQuality(trimmed(parameter.substr(2)));
            if (!quality) return std::nullopt;
            out.quality = *quality;
        } else if (!parameter.empty()) {
            out.type += "; " + std::string(parameter);
        }
    }
    return out;
}

/// Specific before "*", then by quality, then in order.
bool better(const AcceptEntry& a, const AcceptEntry& b)
{
    const bool specificA = a.type != "*";
    const bool specificB = b.type != "*";
    return specificA != specificB ? specificA : a.quality > b.quality;
}

} // namespace

Secret authorizationFor(ByteView swissnum)
{
    return Secret(std::string(kScheme) + codec::encodeBase64(swissnum));
}

std::span<const SecretKind> requiredSecrets(Operation operation)
{
    switch (operation) {
    case Operation::AddLease:
        return kLeases;
    case Operation::Allocate:
        return kAllocate;
    case Operation::WriteShare:
    case Operation::AbortShare:
        return kUpload;
    case Operation::ReadTestWrite:
        return kSlot;
    case Operation::Version:
    case Operation::ListShares:
    case Operation::ReadShare:
    case Operation::AdviseCorrupt:
        break;
    }
    return {};
}

Result<RequestSecrets> parseSecrets(std::span<const std::string_view> values,
                                    std::span<const SecretKind> required)
{
    RequestSecrets out;
    std::vector<SecretKind> given;
    for (const std::string_view value : values) {
        TARN_TRY(KindAndSecret secret, parseSecret(value));
        if (std::find(given.begin(), given.end(), secret.kind) == given.end())
            given.push_back(secret.kind);
        keep(out, std::move(secret));
    }
    std::sort(given.begin(), given.end());
    if (!std::equal(given.begin(), given.end(), required.begin(), required.end()))
        return badSecret("expected " + namesOf(required) + "; got " + namesOf(given));
    return out;
}

std::string secretHeader(SecretKind kind, ByteView secret)
{
    return std::string(nameOf(kind)) + " " + codec::encodeBase64(secret);
}

bool acceptsCbor(std::optional<std::string_view> accept)
{
    if (!accept) return true;
    std::optional<AcceptEntry> best;
    std::string_view rest = *accept;
    while (true) {
        const std::size_t comma = rest.find(',');
        std::optional<AcceptEntry> entry = parseAcceptEntry(rest.substr(0, comma));
        if (entry && (!best || better(*entry, *best))) best = std::move(entry);
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return best && best->type == kCborMediaType;
}

bool isCborContent(std::optional<std::string_view> contentType)
{
    if (!contentType) return true;
    const std::string_view type = trimmed(contentType->substr(0, contentType->find(';')));
    return type.empty() || type == kCborMediaType;
}

} // namespace tarn::wire
