#include "core/node/shared_links.h"

#include "core/cap/parse.h"
#include "core/codec/base32.h"
#include "core/codec/utf8.h"
#include "core/wire/node_id.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::node {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U;

bool isLinkId(std::string_view id)
{
    const Result<Bytes> bytes = codec::decodeBase32(id);
    return bytes && bytes->size() == kLinkIdBytes;
}

/// Controls of C1, and those that embed, override or isolate a direction of writing: they make a
/// name look like another one.
bool hasTreacherous(std::string_view name)
{
    for (std::size_t i = 0; i + 1 < name.size(); ++i) {
        const std::string_view two = name.substr(i, 2);
        const std::string_view three = name.substr(i, 3);
        if ((two >= "\xc2\x80" && two <= "\xc2\x9f") ||
            (three >= "\xe2\x80\xaa" && three <= "\xe2\x80\xae") ||
            (three >= "\xe2\x81\xa6" && three <= "\xe2\x81\xa9"))
            return true;
    }
    return false;
}

/// Of an entry in a directory that somebody may also want to have on a disk.
bool isFitName(std::string_view name)
{
    const auto isBad = [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f || c == '/';
    };
    return !name.empty() && name.size() <= kLongestLinkName && name != "." && name != ".." &&
           codec::isUtf8(asBytes(name)) && std::none_of(name.begin(), name.end(), isBad) &&
           !hasTreacherous(name);
}

bool isReadCap(std::string_view text)
{
    if (text.size() > kLongestLinkCap) return false;
    const cap::Cap cap = cap::parseCap(text);
    return !cap::isUnknown(cap) && !cap::isVerifier(cap) && cap::isReadOnly(cap) &&
           cap::printCap(cap) == text;
}

Error noLink(const char* what)
{
    return Error(ErrorCode::InvalidInput, std::string("no link: ") + what);
}

json jsonOf(const SharedLink& link)
{
    return {{"id", link.id},     {"member", wire::nodeIdOf(link.member)},
            {"name", link.name}, {"cap", link.cap},
            {"time", link.time}, {"delivered", link.delivered}};
}

/// Throws json::exception.
Result<SharedLink> linkOf(const json& value)
{
    SharedLink out;
    value.at("id").get_to(out.id);
    TARN_TRY(out.member, wire::parseNodeId(value.at("member").get_ref<const std::string&>()));
    value.at("name").get_to(out.name);
    value.at("cap").get_to(out.cap);
    value.at("time").get_to(out.time);
    value.at("delivered").get_to(out.delivered);
    TARN_TRY_VOID(checkLink(out));
    return out;
}

json listOf(const std::vector<SharedLink>& links)
{
    json out = json::array();
    for (const SharedLink& link : links)
        out.push_back(jsonOf(link));
    return out;
}

/// Throws json::exception.
Result<SharedLinks> linksOf(const json& value)
{
    SharedLinks out;
    for (const json& one : value.at("received")) {
        TARN_TRY(SharedLink link, linkOf(one));
        TARN_TRY_VOID(out.receive(std::move(link)));
    }
    for (const json& one : value.at("sent")) {
        TARN_TRY(SharedLink link, linkOf(one));
        TARN_TRY_VOID(out.send(std::move(link)));
    }
    return out;
}

auto hasId(std::string_view id)
{
    return [id](const SharedLink& link) { return link.id == id; };
}

} // namespace

Result<void> checkLink(const SharedLink& link)
{
    if (!isLinkId(link.id)) return noLink("the id is not 16 bytes of base32");
    if (!isFitName(link.name))
        return noLink("the name is not 1 to 255 bytes of UTF-8 without / and control characters");
    if (!isReadCap(link.cap)) return noLink("expected a capability that reads, and does no more");
    return ok();
}

std::string encodeShare(const SharedLink& link)
{
    return json{{"id", link.id}, {"name", link.name}, {"cap", link.cap}}.dump() + "\n";
}

Result<SharedLink> decodeShare(std::string_view text)
{
    if (text.size() > kMaxShareBytes) return noLink("it is too long");
    const json value = json::parse(text, nullptr, false);
    if (!value.is_object()) return noLink("expected a JSON object");
    SharedLink out;
    try {
        value.at("id").get_to(out.id);
        value.at("name").get_to(out.name);
        value.at("cap").get_to(out.cap);
    } catch (const json::exception&) {
        return noLink("expected id, name and cap");
    }
    TARN_TRY_VOID(checkLink(out));
    return out;
}

const SharedLink* SharedLinks::find(std::string_view id) const
{
    for (const std::vector<SharedLink>* list : {&m_received, &m_sent}) {
        const auto at = std::find_if(list->begin(), list->end(), hasId(id));
        if (at != list->end()) return &*at;
    }
    return nullptr;
}

Result<bool> SharedLinks::receive(SharedLink link)
{
    std::size_t ofOne = 0;
    for (const SharedLink& one : m_received) {
        if (one.member != link.member) continue;
        if (one.id == link.id) return false;
        ++ofOne;
    }
    // Ids are the giver's choice: two members' may not be told apart by them.
    if (find(link.id) != nullptr) return noLink("its id is in use");
    if (ofOne >= kMostReceivedOfOne || m_received.size() >= kMostReceived)
        return Error(ErrorCode::NoSpace, "too many links wait to be looked at");
    m_received.push_back(std::move(link));
    return true;
}

Result<void> SharedLinks::send(SharedLink link)
{
    if (find(link.id) != nullptr) return noLink("its id is in use");
    if (m_sent.size() >= kMostSent) {
        const auto old = std::find_if(m_sent.begin(), m_sent.end(),
                                      [](const SharedLink& one) { return one.delivered; });
        if (old == m_sent.end())
            return Error(ErrorCode::NoSpace, "too many links wait to be delivered");
        m_sent.erase(old);
    }
    m_sent.push_back(std::move(link));
    return ok();
}

void SharedLinks::noteDelivered(std::string_view id)
{
    const auto at = std::find_if(m_sent.begin(), m_sent.end(), hasId(id));
    if (at != m_sent.end()) at->delivered = true;
}

bool SharedLinks::drop(std::string_view id)
{
    return std::erase_if(m_received, hasId(id)) + std::erase_if(m_sent, hasId(id)) > 0;
}

void SharedLinks::dropOfStrangers(
    const std::function<bool(const crypto::Ed25519PublicKey&)>& belongs)
{
    std::erase_if(m_received, [&](const SharedLink& one) { return !belongs(one.member); });
    std::erase_if(m_sent,
                  [&](const SharedLink& one) { return !one.delivered && !belongs(one.member); });
}

Secret linksText(const SharedLinks& links)
{
    const json out{{"received", listOf(links.received())}, {"sent", listOf(links.sent())}};
    return Secret(out.dump(1) + "\n");
}

Result<SharedLinks> parseLinks(std::string_view text)
{
    const json value = json::parse(text, nullptr, false);
    if (!value.is_object()) return Error(ErrorCode::InvalidInput, "expected a JSON object");
    try {
        return linksOf(value);
    } catch (const json::exception& e) {
        return Error(ErrorCode::InvalidInput, e.what());
    }
}

Result<SharedLinks> readLinksBlocking(const StateDir& dir)
{
    const std::string path = dir.pathOf(kLinksFile);
    const Result<Secret> text = readPrivateFileBlocking(path, kMaxFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) return SharedLinks();
    if (!text) return text.error();
    Result<SharedLinks> out = parseLinks(asText(text->view()));
    if (!out) return std::move(out).error().within(path);
    return out;
}

Result<void> writeLinksBlocking(const StateDir& dir, const Secret& text)
{
    return writeFileBlocking(dir.pathOf(kLinksFile), text.view(), kPrivateFile);
}

} // namespace tarn::node
