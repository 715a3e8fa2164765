// join, invite, member, placement, share, inbox, client: what command lines mean.
#include "client-gateway/cli/options.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

using Arguments = std::vector<std::string>;

template <class Wanted>
Wanted as(const Arguments& arguments)
{
    const auto parsed = parseOptions(arguments, "");
    const auto* options = std::get_if<Options>(&parsed);
    if (options == nullptr) qFatal("refused: %s", std::get<Stop>(parsed).text.c_str());
    return std::get<Wanted>(options->command);
}

bool refuses(const Arguments& arguments)
{
    return std::holds_alternative<Stop>(parseOptions(arguments, ""));
}

} // namespace

class TestMemberOptions final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void joining()
    {
        const auto join =
            as<JoinCommand>({"join", "tarn://join/1#x", "--nickname", "bob", "--offer", "1 GB",
                             "--listen", "127.0.0.1:7", "--no-wait"});
        QCOMPARE(join.link, std::string("tarn://join/1#x"));
        QCOMPARE(join.settings.nickname, std::string("bob"));
        QCOMPARE(*join.settings.offer, std::uint64_t{1'000'000'000});
        QVERIFY(join.noWait);
        QVERIFY(refuses({"join", "tarn://join/1#x"}));
        QVERIFY(refuses({"join", "--nickname", "bob"}));
        QVERIFY(refuses({"join", "x", "--nickname", "bob", "--listen", "example.org:1"}));
    }
    void inviting()
    {
        using Action = InviteCommand::Action;
        const auto plain = as<InviteCommand>({"invite", "create"});
        QVERIFY(plain.action == Action::Create);
        QVERIFY(plain.request == control::InviteRequest());
        const auto full = as<InviteCommand>({"invite", "create", "--for", "Bob", "--expires", "2 d",
                                             "--quota", "5 GB", "--pre-approve", "--guest",
                                             "--depth", "0", "--delegate", "carol"});
        QCOMPARE(full.request.note, std::string("Bob"));
        QCOMPARE(full.request.lifeSeconds, std::int64_t{172'800});
        QCOMPARE(full.request.quota, std::uint64_t{5'000'000'000});
        QVERIFY(full.request.preApproved && full.request.depth == 0U);
        QCOMPARE(full.request.role, std::string("guest"));
        QCOMPARE(full.request.delegate, std::string("carol"));
        QVERIFY(as<InviteCommand>({"invite", "list"}).action == Action::List);
        for (const auto& [name, action] :
             {std::pair("show", Action::Show), std::pair("approve", Action::Approve),
              std::pair("deny", Action::Deny), std::pair("cancel", Action::Cancel)}) {
            const auto one = as<InviteCommand>({"invite", name, "abc"});
            QVERIFY2(one.action == action && one.id == "abc", name);
            QVERIFY2(refuses({"invite", name}), name);
        }
        QVERIFY(refuses({"invite"}));
        QVERIFY(refuses({"invite", "create", "--expires", "soon"}));
        QVERIFY(refuses({"invite", "create", "--quota", "much"}));
        QVERIFY(refuses({"invite", "create", "--depth", "8"}));
    }
    void links()
    {
        const auto plain = as<ShareCommand>({"share", "letters/one"});
        QVERIFY(plain.remote == "letters/one" && plain.member.empty() && plain.name.empty());
        const auto given = as<ShareCommand>({"share", "letters", "bob", "--name", "ours"});
        QVERIFY(given.remote == "letters" && given.member == "bob" && given.name == "ours");
        QVERIFY(refuses({"share"}));
        using Action = InboxCommand::Action;
        QVERIFY(as<InboxCommand>({"inbox", "list"}).action == Action::List);
        for (const auto& [name, action] :
             {std::pair("show", Action::Show), std::pair("take", Action::Take),
              std::pair("drop", Action::Drop)}) {
            const auto one = as<InboxCommand>({"inbox", name, "abc"});
            QVERIFY2(one.action == action && one.id == "abc" && one.remote.empty(), name);
            QVERIFY2(refuses({"inbox", name}), name);
        }
        QCOMPARE(as<InboxCommand>({"inbox", "take", "abc", "x/y"}).remote, std::string("x/y"));
        QVERIFY(refuses({"inbox"}));
    }
    void clients()
    {
        using Action = ClientCommand::Action;
        const auto add = as<ClientCommand>({"client", "add", "mac", "--limit", "10 GB"});
        QVERIFY(add.action == Action::Add && add.request.name == "mac");
        QCOMPARE(*add.request.limit, std::uint64_t{10'000'000'000});
        QVERIFY(!as<ClientCommand>({"client", "add", "mac"}).request.limit);
        QVERIFY(!as<ClientCommand>({"client", "limit", "mac", "none"}).request.limit);
        const auto limit = as<ClientCommand>({"client", "limit", "mac", "1 kB"});
        QVERIFY(limit.action == Action::Limit && *limit.request.limit == 1000U);
        QVERIFY(as<ClientCommand>({"client", "list"}).action == Action::List);
        QVERIFY(as<ClientCommand>({"client", "show", "mac"}).action == Action::Show);
        QVERIFY(as<ClientCommand>({"client", "revoke", "mac"}).action == Action::Revoke);
        for (const Arguments& bad : {Arguments{"client"}, Arguments{"client", "add"},
                                     Arguments{"client", "add", "mac", "--limit", "much"},
                                     Arguments{"client", "limit", "mac"}})
            QVERIFY(refuses(bad));
    }
    void members()
    {
        using Action = MemberCommand::Action;
        QVERIFY(as<MemberCommand>({"member", "list"}).action == Action::List);
        QVERIFY(as<MemberCommand>({"member", "show", "bob"}).action == Action::Show);
        QVERIFY(as<MemberCommand>({"member", "revoke", "bob"}).action == Action::Revoke);
        const auto limit = as<MemberCommand>({"member", "limit", "bob", "10 GB"});
        QVERIFY(limit.change.setsLimit && limit.name == "bob");
        QCOMPARE(*limit.change.limit, std::uint64_t{10'000'000'000});
        const auto none = as<MemberCommand>({"member", "limit", "bob", "none"});
        QVERIFY(none.change.setsLimit && !none.change.limit);
        QVERIFY(refuses({"member", "limit", "bob"}));
        QVERIFY(refuses({"member", "limit", "bob", "lots"}));
        const auto deny = as<MemberCommand>({"member", "deny", "bob"});
        QVERIFY(deny.change.read == false && deny.change.write == false &&
                deny.change.keep == false && !deny.change.setsLimit);
        const auto write = as<MemberCommand>({"member", "deny", "bob", "--write"});
        QVERIFY(!write.change.read && write.change.write == false && !write.change.keep);
        const auto allow = as<MemberCommand>({"member", "allow", "bob", "--keep"});
        QVERIFY(!allow.change.write && allow.change.keep == true);
    }
    void placements()
    {
        QVERIFY(as<PlacementCommand>({"placement", "show"}).action ==
                PlacementCommand::Action::Show);
        QVERIFY(as<MemberCommand>({"placement", "avoid", "bob"}).change.use == false);
        QVERIFY(as<MemberCommand>({"placement", "use", "bob"}).change.use == true);
        QVERIFY(as<MemberCommand>({"placement", "group", "bob", "farm"}).change.household ==
                std::string("farm"));
        QVERIFY(as<MemberCommand>({"placement", "group", "bob", "none"}).change.household ==
                std::string());
        QVERIFY(refuses({"placement", "group", "bob"}));
    }
    void transfers()
    {
        as<NodeTransfersCommand>({"node", "transfers"});
        QVERIFY(refuses({"node", "transfers", "all"}));
    }
    void encodings()
    {
        using Action = PlacementCommand::Action;
        QVERIFY(as<PlacementCommand>({"placement", "encoding"}).action == Action::ShowEncoding);
        const auto chosen = as<PlacementCommand>({"placement", "encoding", "2", "3", "5"});
        QVERIFY(chosen.action == Action::ChooseEncoding);
        const control::EncodingChoice five{2, 3, 5};
        QVERIFY(chosen.choice && *chosen.choice == five);
        const auto automatic = as<PlacementCommand>({"placement", "encoding", "auto"});
        QVERIFY(automatic.action == Action::ChooseEncoding && !automatic.choice);
        QVERIFY(refuses({"placement", "encoding", "2", "3"}));
        QVERIFY(refuses({"placement", "encoding", "none"}));
        QVERIFY(refuses({"placement", "encoding", "2", "3", "5x"}));
        QVERIFY(refuses({"placement", "encoding", "2", "-3", "5"}));
        QVERIFY(refuses({"placement", "encoding", "2", "3", "5", "7"}));
        QVERIFY(refuses({"placement", "encoding", "2", "3", "99999999999"}));
    }
};

QTEST_GUILESS_MAIN(TestMemberOptions)
#include "test_member_options.moc"
