#include "core/cap/unknown_node.h"

namespace tarn::cap {

namespace {

using Slot = std::optional<std::string>;

Slot nonEmpty(Slot slot)
{
    return slot && !slot->empty() ? slot : std::nullopt;
}

bool hasAllegedPrefix(std::string_view text)
{
    return text.starts_with(kAllegedReadOnly) || text.starts_with(kAllegedImmutable);
}

UnknownNode opaque(CapProblem::Kind kind, const char* message)
{
    return {std::nullopt, std::nullopt, CapProblem{kind, message}};
}

/// Why the string in the write slot cannot stay there, given what is in the other one.
std::optional<UnknownNode> refuseWriteSlot(const std::string& rw, const Slot& ro, bool immutable)
{
    using Kind = CapProblem::Kind;
    if (immutable && (ro || !rw.starts_with(kAllegedImmutable))) {
        return opaque(ro ? Kind::MustBeDeepImmutable : Kind::MustNotBeUnknownWrite,
                      "cannot attach unknown rw cap as immutable child");
    }
    if (!ro && !hasAllegedPrefix(rw))
        return opaque(Kind::MustNotBeUnknownWrite, "cannot attach unknown rw cap as child");
    if (ro && ro->starts_with(kAllegedImmutable)) {
        return opaque(Kind::MustBeDeepImmutable, "cannot accept a child entry that specifies both "
                                                 "rw_uri, and ro_uri with an imm. prefix");
    }
    return std::nullopt;
}

std::string strengthened(const std::string& ro, bool immutable)
{
    if (ro.starts_with(kAllegedImmutable)) return ro;
    const bool readOnly = ro.starts_with(kAllegedReadOnly);
    if (!immutable) return readOnly ? ro : std::string(kAllegedReadOnly) + ro;
    return std::string(kAllegedImmutable) + (readOnly ? ro.substr(kAllegedReadOnly.size()) : ro);
}

bool opensAnObject(const Cap& cap)
{
    if (isUnknown(cap)) return false;
    if (!isVerifier(cap)) return true;
    return std::holds_alternative<ImmutableVerifyCap>(cap);
}

} // namespace

bool UnknownNode::allegedImmutable() const
{
    return !problem && !rw && (!ro || ro->starts_with(kAllegedImmutable));
}

UnknownNode makeUnknownNode(std::optional<std::string> rw, std::optional<std::string> ro,
                            ParseContext context)
{
    const bool immutable = context == ParseContext::DeepImmutable;
    rw = nonEmpty(std::move(rw));
    ro = nonEmpty(std::move(ro));
    if (rw) {
        if (auto refused = refuseWriteSlot(*rw, ro, immutable)) return *std::move(refused);
        if (!ro) std::swap(rw, ro); // its prefix says that it is a read capability
    }
    if (!ro) return {immutable ? std::nullopt : rw, std::nullopt, std::nullopt};
    const Cap read = parseCap(*ro, context);
    if (const auto* unknown = std::get_if<UnknownCap>(&read); unknown && unknown->problem)
        return {std::nullopt, std::nullopt, unknown->problem};
    return {immutable ? std::nullopt : rw, strengthened(*ro, immutable), std::nullopt};
}

Node nodeFromCaps(std::optional<std::string> write, std::optional<std::string> read,
                  ParseContext context)
{
    write = nonEmpty(std::move(write));
    read = nonEmpty(std::move(read));
    if (!write && !read) return UnknownNode{};
    Cap cap = parseCap(write ? *write : *read, context);
    if (opensAnObject(cap)) return cap;
    return makeUnknownNode(std::move(write), std::move(read), context);
}

std::string withoutImpliedPrefix(std::string_view ro, ParseContext context)
{
    if (ro.starts_with(kAllegedReadOnly)) {
        ro.remove_prefix(kAllegedReadOnly.size());
    } else if (ro.starts_with(kAllegedImmutable) && context == ParseContext::DeepImmutable) {
        ro.remove_prefix(kAllegedImmutable.size());
    }
    return std::string(ro);
}

} // namespace tarn::cap
