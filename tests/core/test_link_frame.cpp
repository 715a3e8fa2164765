#include "core/net/link_frame.h"
#include "tests/support/property.h"

#include <QtCore/QByteArray>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::net;

namespace {

Bytes bytesOf(const char* hex)
{
    const QByteArray raw = QByteArray::fromHex(hex);
    return toBytes(std::string_view(raw.constData(), static_cast<std::size_t>(raw.size())));
}

LinkFrame reversing(std::uint64_t number)
{
    LinkReverse out;
    out.number = number;
    out.ticket.mutableView()[0] = std::byte{0xab};
    return out;
}

LinkFrame asking(std::size_t bytes)
{
    LinkSignal out;
    out.number = 11;
    out.from.mutableView()[0] = std::byte{0xcd};
    out.question = Bytes(bytes);
    return out;
}

LinkFrame saying(std::size_t bytes)
{
    LinkSignalAnswer out;
    out.number = 12;
    out.answer = Bytes(bytes);
    return out;
}

std::vector<LinkFrame> allKinds()
{
    LinkReverse relayed;
    relayed.relayed = true;
    return {LinkFrame(relayed),
            LinkFrame(LinkTerms{true, 3478}),
            LinkFrame(LinkTerms()),
            asking(kLargestSignalBytes),
            saying(kLargestSignalBytes),
            saying(0),
            LinkFrame(LinkHello()),
            LinkFrame(LinkPing{7}),
            LinkFrame(LinkPong{8}),
            reversing(9),
            LinkFrame(LinkRefusal{10, LinkRefusalReason::NotReached}),
            LinkFrame(LinkUnknown())};
}

} // namespace

class TestLinkFrame final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hasTheDocumentedBytes()
    {
        QCOMPARE(toHex(encodeLinkFrame(LinkHello())), std::string("000000070a050801108020"));
        QCOMPARE(toHex(encodeLinkFrame(LinkPing{1})),
                 std::string("0000000b1209090100000000000000"));
        QCOMPARE(toHex(encodeLinkFrame(reversing(2))),
                 std::string("0000001d221b0902000000000000001210ab") + std::string(30, '0'));
    }
    /// However the bytes arrive.
    void readsWhatWasWritten()
    {
        Bytes all;
        for (const LinkFrame& frame : allKinds())
            append(all, encodeLinkFrame(frame));
        for (std::size_t step = 1; step <= all.size(); step += 3) {
            LinkFrameReader reader;
            Bytes again;
            for (std::size_t at = 0; at < all.size(); at += step) {
                reader.add(ByteView(all).subspan(at, std::min(step, all.size() - at)));
                while (true) {
                    const auto frame = reader.next();
                    QVERIFY(frame);
                    if (!*frame) break;
                    append(again, encodeLinkFrame(**frame));
                }
            }
            QVERIFY(equal(again, all));
            QCOMPARE(reader.held(), std::size_t{0});
        }
    }
    void longFramesAreRefusedBeforeTheyAreHere()
    {
        LinkFrameReader reader;
        reader.add(bytesOf("00001001"));
        QCOMPARE(reader.next().error().code(), ErrorCode::PeerMisbehaved);
        LinkFrameReader just;
        just.add(bytesOf("00001000"));
        const auto frame = just.next();
        QVERIFY(frame && !*frame);
    }
    void whatCannotBeIsRefused()
    {
        QVERIFY(decodeLinkFrame(ByteView(encodeLinkFrame(asking(3072))).subspan(4)));
        for (const LinkFrame& frame : {asking(3073), saying(3073)})
            QCOMPARE(decodeLinkFrame(ByteView(encodeLinkFrame(frame)).subspan(4)).error().code(),
                     ErrorCode::PeerMisbehaved);
        // A port above 65535; a question of nobody.
        for (const char* hex : {"320410808004", "3a0b0901000000000000001a00"})
            QCOMPARE(decodeLinkFrame(bytesOf(hex)).error().code(), ErrorCode::PeerMisbehaved);
        for (const char* hex : {"ff", "0a00", "22020901", "220f0901000000000000001204abababab"})
            QCOMPARE(decodeLinkFrame(bytesOf(hex)).error().code(), ErrorCode::PeerMisbehaved);
        QCOMPARE(decodeLinkFrame(Bytes(kLargestLinkFrame + 1)).error().code(),
                 ErrorCode::PeerMisbehaved);
    }
    void laterKindsAndReasonsPass()
    {
        const auto later = decodeLinkFrame(bytesOf("7a03616263"));
        QVERIFY(later && std::holds_alternative<LinkUnknown>(*later));
        const auto refusal = decodeLinkFrame(bytesOf("2a0b0901000000000000001009"));
        QVERIFY(refusal);
        QVERIFY(std::get<LinkRefusal>(*refusal).reason == LinkRefusalReason::Unsupported);
        for (const auto reason : {LinkRefusalReason::Busy, LinkRefusalReason::NotReached,
                                  LinkRefusalReason::Unsupported})
            QVERIFY(!nameOf(reason).empty());
    }
};

QTEST_GUILESS_MAIN(TestLinkFrame)
#include "test_link_frame.moc"
