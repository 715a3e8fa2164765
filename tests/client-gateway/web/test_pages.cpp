// The text of the pages for people, above all with hostile names in it.
#include "client-gateway/web/html.h"
#include "client-gateway/web/info_page.h"
#include "client-gateway/web/listing_page.h"
#include "client-gateway/web/pages.h"
#include "client-gateway/web/status_texts.h"
#include "core/cap/parse.h"
#include "tests/support/fake_clock.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::gateway::web;

namespace {

const std::string kFolder = "URI:DIR2:" + std::string(26, 'a') + ":" + std::string(52, 'a');
const std::string kHostile = "\"><script>alert('1')</script>&lt;";

bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

CapInfo infoOf(const std::string& cap)
{
    return *describeCap(cap);
}

std::string listingOf(const std::string& name, const std::string& metadata = "{}")
{
    DirectoryContents contents;
    DirectoryChild child;
    child.node = cap::parseCap("URI:LIT:nbswy3dp");
    child.metadata = metadata;
    contents.children.emplace(name, child);
    return listingPage(infoOf(kFolder), contents);
}

auto countOf(const std::string& text, char c)
{
    return std::count(text.begin(), text.end(), c);
}

std::string unescaped(std::string text)
{
    const std::vector<std::pair<std::string, std::string>> entities{
        {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    for (const auto& [entity, plain] : entities)
        for (std::size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at)
            text.replace(at, entity.size(), plain);
    return text;
}

} // namespace

class TestPages final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void escapedTextMeansTheSame()
    {
        const std::string plain = listingOf("x");
        QVERIFY(test::forAll(200, [&plain](test::SeededRandom& random) {
            constexpr std::string_view kLetters = "<>\"'&;ab/lt#39";
            std::string text;
            for (std::uint64_t left = random.between(0, 40); left > 0; --left)
                text += kLetters[static_cast<std::size_t>(random.between(0, kLetters.size() - 1))];
            const std::string escaped = escapeHtml(text);
            // No name adds a tag or ends an attribute.
            const std::string page = listingOf(text);
            return escaped.find_first_of("<>\"'") == std::string::npos &&
                   unescaped(escaped) == text && countOf(page, '<') == countOf(plain, '<') &&
                   countOf(page, '"') == countOf(plain, '"');
        }));
    }
    void hostileNamesStayText()
    {
        const CapInfo folder = infoOf(kFolder);
        ServerView server;
        server.id = kHostile;
        server.nickname = kHostile;
        server.status.text = kHostile;
        const std::vector<ServerView> servers{server};
        UploadResult stored;
        stored.readCap = kHostile;
        stored.verifyCap = kHostile;
        CheckResult checked;
        checked.summary = kHostile;
        checked.serverProblems[kHostile] = kHostile;
        RepairResult repaired;
        repaired.attempted = true;
        repaired.failure = kHostile;
        for (const std::string& page :
             {listingOf(kHostile), renamePage(folder, kHostile), infoPage(folder, kHostile),
              statusPage(servers, {}, {}), uploadPage(stored), checkPage(checked, kHostile),
              repairPage(repaired, kHostile), errorPage(400, kHostile)}) {
            QVERIFY(!holds(page, "<script"));
            QVERIFY(holds(page, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;lt;") ||
                    holds(page, "%3Cscript%3E"));
        }
    }
    void pagesAreWholeAndScriptless()
    {
        test::FakeClock clock;
        const History history(clock);
        for (const std::string& page :
             {listingOf("a"), renamePage(infoOf(kFolder), "a"), infoPage(infoOf(kFolder), "h"),
              statusPage({}, {}, {}), transfersPage(history), errorPage(404, "gone")}) {
            QVERIFY(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
            QVERIFY(page.ends_with("</main>\n</body>\n</html>\n"));
            QVERIFY(holds(page, "name=\"viewport\""));
            for (const char* active : {"<script", "javascript:", " onclick", "http://", "https://"})
                QVERIFY2(!holds(page, active), active);
        }
    }
    void listingsOfferWhatTheCapabilityCan()
    {
        const std::string page =
            listingOf("a b", R"({"tahoe": {"linkmotime": 1700000000.5}, "x": 1})");
        QVERIFY(holds(page, "2023-11-14 22:13"));
        QVERIFY(holds(page, "/file/URI%3ALIT%3Anbswy3dp/@@named=/a%20b"));
        QVERIFY(holds(page, "?t=rename-form&amp;name=a%20b"));
        for (const char* form : {"upload", "mkdir", "check"})
            QVERIFY2(holds(page, std::string("name=\"t\" value=\"") + form + "\""), form);
        const CapInfo reader = infoOf(infoOf(kFolder).readOnly);
        const std::string read = listingPage(reader, {});
        QVERIFY(holds(read, "only read") && holds(read, "is empty"));
        QVERIFY(!holds(read, "value=\"upload\"") && !holds(read, "rename-form"));
        for (const char* odd :
             {"{}", "no", R"({"tahoe": 1})", R"({"tahoe": {"linkmotime": "x"}})",
              R"({"tahoe": {"linkmotime": 1e300}})", R"({"tahoe": {"linkmotime": -1}})"})
            QVERIFY(!holds(listingOf("a", odd), "1970"));
    }
    void aboutOffersWhatTheCapabilityCan()
    {
        const std::string folder = infoPage(infoOf(kFolder), "h1");
        QVERIFY(holds(folder, "start-deep-check") && holds(folder, "value=\"h1\""));
        QVERIFY(holds(folder, infoOf(kFolder).readOnly));
        QVERIFY(holds(folder, "can check<"));
        const std::string file = "URI:SSK:" + std::string(26, 'a') + ":" + std::string(52, 'a');
        QVERIFY(holds(infoPage(infoOf(file)), "Replace the contents"));
        QVERIFY(!holds(infoPage(infoOf(infoOf(file).readOnly)), "Replace the contents"));
        const std::string unknown = infoPage(infoOf("lafs://from-the-future"));
        QVERIFY(holds(unknown, "unknown") && !holds(unknown, "<form"));
        const std::string verifier = infoPage(infoOf(infoOf(kFolder).verify), "h1");
        QVERIFY(!holds(verifier, "start-deep-check"));
    }
};

QTEST_GUILESS_MAIN(TestPages)
#include "test_pages.moc"
