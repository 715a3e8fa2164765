#include "client-gateway/cli/command_options.h"

#include <CLI/CLI.hpp>

#include <array>
#include <charconv>
#include <functional>
#include <optional>

namespace tarn::gateway::cli {

namespace {

using control::MemberChange;

/// \return the mistake, if there is one.
std::optional<Stop> readRequest(const RawCommands& raw, control::InviteRequest& request)
{
    if (!raw.expires.empty()) {
        const Result<Duration> life = parseDuration(raw.expires);
        if (!life) return misuse("--expires: " + life.error().message());
        request.lifeSeconds = std::chrono::duration_cast<std::chrono::seconds>(*life).count();
    }
    if (!raw.quota.empty()) {
        const Result<std::uint64_t> bytes = parseByteSize(raw.quota);
        if (!bytes) return misuse("--quota: " + bytes.error().message());
        request.quota = *bytes;
    }
    if (raw.guest) request.role = "guest";
    if (raw.depth >= 0) request.depth = static_cast<std::uint32_t>(raw.depth);
    return std::nullopt;
}

void addCreate(CLI::App& invite, RawCommands& raw)
{
    CLI::App* create = invite.add_subcommand("create", "Make an invite and print its link");
    control::InviteRequest& request = raw.invite.request;
    create->add_option("--for", request.note, "For whom, a note that stays here");
    create->add_option("--expires", raw.expires, "\"1 h\" to \"30 d\", by default \"7 d\"");
    create->add_option("--quota", raw.quota, "At most so much on each server, such as \"10 GB\"");
    create->add_flag("--pre-approve", request.preApproved, "Who has the link is let in at once");
    create->add_flag("--guest", raw.guest, "It stores, but offers no room and invites nobody");
    create
        ->add_option("--depth", raw.depth,
                     "How many generations it may let in; 0: it may invite nobody")
        ->check(CLI::Range(0, 7));
    create->add_option("--delegate", request.delegate, "A member who may let it in, too");
    create->callback([&raw] {
        raw.invite.action = InviteCommand::Action::Create;
        std::optional<Stop> mistake = readRequest(raw, raw.invite.request);
        if (mistake)
            raw.chosen = *std::move(mistake);
        else
            raw.chosen = Command(raw.invite);
    });
}

CLI::App* addInvite(CLI::App& invite, RawCommands& raw, InviteCommand::Action action,
                    const char* name, const char* help)
{
    CLI::App* out = invite.add_subcommand(name, help);
    if (action != InviteCommand::Action::List)
        out->add_option("ID", raw.invite.id, "Of the invite")->required();
    out->callback([&raw, action] {
        raw.invite.action = action;
        raw.chosen = Command(raw.invite);
    });
    return out;
}

CLI::App* addMember(CLI::App& member, RawCommands& raw, const char* name, const char* help,
                    std::function<void()> chosen)
{
    CLI::App* out = member.add_subcommand(name, help);
    out->add_option("NAME", raw.member.name, "Of the member, or its key")->required();
    out->callback(std::move(chosen));
    return out;
}

void chooseLimit(RawCommands& raw)
{
    MemberChange& change = raw.member.change;
    change.setsLimit = true;
    raw.member.action = MemberCommand::Action::Change;
    if (raw.limit != "none") {
        const Result<std::uint64_t> bytes = parseByteSize(raw.limit);
        if (!bytes) {
            raw.chosen = misuse("SIZE: " + bytes.error().message());
            return;
        }
        change.limit = *bytes;
    }
    raw.chosen = Command(raw.member);
}

/// Without any flag: all three.
void chooseSwitches(RawCommands& raw, bool on)
{
    const bool all = !raw.read && !raw.write && !raw.keep;
    MemberChange& change = raw.member.change;
    if (all || raw.read) change.read = on;
    if (all || raw.write) change.write = on;
    if (all || raw.keep) change.keep = on;
    raw.member.action = MemberCommand::Action::Change;
    raw.chosen = Command(raw.member);
}

void addSwitches(CLI::App& action, RawCommands& raw)
{
    action.add_flag("--read", raw.read, "Only reading");
    action.add_flag("--write", raw.write, "Only storing and changing");
    action.add_flag("--keep", raw.keep, "Only keeping what is there");
}

void chooseMember(RawCommands& raw, MemberCommand::Action action)
{
    raw.member.action = action;
    raw.chosen = Command(raw.member);
}

void chooseUse(RawCommands& raw, bool use)
{
    raw.member.change.use = use;
    chooseMember(raw, MemberCommand::Action::Change);
}

void chooseHousehold(RawCommands& raw)
{
    raw.member.change.household = raw.household == "none" ? std::string() : raw.household;
    chooseMember(raw, MemberCommand::Action::Change);
}

void choosePlacement(RawCommands& raw, PlacementCommand::Action action)
{
    raw.placement.action = action;
    raw.chosen = Command(raw.placement);
}

/// \return the mistake, if there is one.
std::optional<Stop> readEncoding(const std::vector<std::string>& words,
                                 std::optional<control::EncodingChoice>& choice)
{
    if (words.size() == 1 && words[0] == "auto") return std::nullopt;
    if (words.size() != 3) return misuse("expected K HAPPY N, such as \"2 3 5\", or \"auto\"");
    std::array<std::uint32_t, 3> numbers{};
    for (std::size_t i = 0; i < words.size(); ++i) {
        const char* const last = words[i].data() + words[i].size();
        const auto [end, failed] = std::from_chars(words[i].data(), last, numbers[i]);
        if (failed != std::errc() || end != last)
            return misuse("\"" + words[i] + "\" is no number of shares");
    }
    choice = control::EncodingChoice{numbers[0], numbers[1], numbers[2]};
    return std::nullopt;
}

void chooseEncoding(RawCommands& raw)
{
    using Action = PlacementCommand::Action;
    if (raw.encoding.empty()) return choosePlacement(raw, Action::ShowEncoding);
    std::optional<Stop> mistake = readEncoding(raw.encoding, raw.placement.choice);
    if (mistake)
        raw.chosen = *std::move(mistake);
    else
        choosePlacement(raw, Action::ChooseEncoding);
}

} // namespace

void addPlacementCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* placement = app.add_subcommand(
        "placement", "Into how many shares new files go, and with which members they are stored");
    placement->require_subcommand(1);
    placement->fallthrough();
    CLI::App* show = placement->add_subcommand("show", "Show it");
    show->callback([&raw] { choosePlacement(raw, PlacementCommand::Action::Show); });
    CLI::App* encoding =
        placement->add_subcommand("encoding", "Show or choose into how many shares new files go");
    encoding
        ->add_option("NUMBERS", raw.encoding,
                     "K HAPPY N: any K of N shares give a file back, it is made anew where fewer "
                     "than HAPPY members have one; auto: as fits the number of members")
        ->expected(0, 3);
    encoding->callback([&raw] { chooseEncoding(raw); });
    addMember(*placement, raw, "use", "Store with this member again",
              [&raw] { chooseUse(raw, true); });
    addMember(*placement, raw, "avoid", "Store no new shares with this member",
              [&raw] { chooseUse(raw, false); });
    CLI::App* group =
        addMember(*placement, raw, "group", "Say which members share a fate, such as one roof",
                  [&raw] { chooseHousehold(raw); });
    group->add_option("HOUSEHOLD", raw.household, "Any name; none: it stands alone")->required();
}

void addInviteCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* invite = app.add_subcommand("invite", "Invites to this node's grid of friends");
    invite->require_subcommand(1);
    invite->fallthrough();
    addCreate(*invite, raw);
    using Action = InviteCommand::Action;
    addInvite(*invite, raw, Action::List, "list", "List invites");
    addInvite(*invite, raw, Action::Show, "show", "Show one, with its link while it may be used");
    addInvite(*invite, raw, Action::Approve, "approve", "Let in who used it, or whoever will");
    addInvite(*invite, raw, Action::Deny, "deny", "Refuse who used it");
    addInvite(*invite, raw, Action::Cancel, "cancel", "Withdraw it");
}

void addMemberCommands(CLI::App& app, RawCommands& raw)
{
    CLI::App* member = app.add_subcommand(
        "member", "Members of this node's grid: who uses this disk, and what they may do");
    member->require_subcommand(1);
    member->fallthrough();
    using Action = MemberCommand::Action;
    CLI::App* list = member->add_subcommand("list", "List members");
    list->callback([&raw] { chooseMember(raw, Action::List); });
    addMember(*member, raw, "show", "Show one", [&raw] { chooseMember(raw, Action::Show); });
    CLI::App* limit = addMember(*member, raw, "limit", "Limit what it may keep on this node",
                                [&raw] { chooseLimit(raw); });
    limit->add_option("SIZE", raw.limit, "Such as \"10 GB\"; none: the usual limit")->required();
    CLI::App* allow = addMember(*member, raw, "allow", "Allow it to use this node again",
                                [&raw] { chooseSwitches(raw, true); });
    addSwitches(*allow, raw);
    CLI::App* deny =
        addMember(*member, raw, "deny", "Deny it this node; its shares go after a week",
                  [&raw] { chooseSwitches(raw, false); });
    addSwitches(*deny, raw);
    addMember(*member, raw, "revoke", "End its membership, for all and for good",
              [&raw] { chooseMember(raw, Action::Revoke); });
}

} // namespace tarn::gateway::cli
