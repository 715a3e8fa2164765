#include "profiles/friendnet/pcp_message.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

Bytes bytesOf(const char* hex)
{
    const QByteArray raw = QByteArray::fromHex(hex);
    return toBytes(std::string_view(raw.constData(), static_cast<std::size_t>(raw.size())));
}

PcpMapping mapping()
{
    PcpMapping out;
    for (std::size_t i = 0; i < out.nonce.size(); ++i)
        out.nonce[i] = static_cast<std::byte>(i + 1);
    out.inside = asio::ip::make_address("192.168.1.2");
    out.innerPort = 41001;
    out.outerPort = 41002;
    out.lifeSeconds = 3600;
    return out;
}

/// As a router answers that gives what is wanted.
Bytes granted(const PcpMapping& wanted, const char* outside)
{
    Bytes out = encodePcpMap(wanted);
    out[1] |= std::byte{0x80};
    const auto address =
        asio::ip::make_address_v6(asio::ip::v4_mapped, asio::ip::make_address_v4(outside))
            .to_bytes();
    std::memcpy(out.data() + 44, address.data(), address.size());
    return out;
}

} // namespace

class TestPcpMessage final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// RFC 6887, sections 7.1 and 11.1.
    void theRequest()
    {
        QCOMPARE(toHex(encodePcpMap(mapping())), std::string("0201000000000e10"
                                                             "00000000000000000000ffffc0a80102"
                                                             "0102030405060708090a0b0c"
                                                             "06000000"
                                                             "a029a02a"
                                                             "00000000000000000000ffff00000000"));
    }
    void theAnswer()
    {
        const auto given = decodePcpMap(granted(mapping(), "198.51.100.7"));
        QVERIFY(given);
        PcpMapping expected = mapping();
        expected.inside = asio::ip::make_address("198.51.100.7");
        QVERIFY(*given == expected);
    }
    void refusals()
    {
        Bytes answer = granted(mapping(), "198.51.100.7");
        for (int code = 1; code < 256; ++code) {
            answer[3] = static_cast<std::byte>(code);
            const auto given = decodePcpMap(answer);
            QVERIFY(!given && given.error().code() == ErrorCode::Conflict);
            QVERIFY(given.error().message().size() > 20);
        }
        QVERIFY(decodePcpMap(bytesOf("0000000100000000")).error().code() == ErrorCode::Unsupported);
    }
    void otherBytesAreNoAnswer()
    {
        const Bytes good = granted(mapping(), "198.51.100.7");
        for (std::size_t size = 0; size < good.size(); ++size)
            QVERIFY(!decodePcpMap(ByteView(good).first(size)));
        QVERIFY(!decodePcpMap(zeroBytes(kMostPcpBytes + 1)));
        QVERIFY(!decodePcpMap(encodePcpMap(mapping()))); // a request
        Bytes udp = good;
        udp[36] = std::byte{17};
        QVERIFY(!decodePcpMap(udp));
    }
    /// RFC 6886, sections 3.2 and 3.3.
    void natPmp()
    {
        QCOMPARE(toHex(encodePmpAddressRequest()), std::string("0000"));
        const auto outside = decodePmpAddress(bytesOf("0080000000000007c6336407"));
        QVERIFY(outside && outside->to_string() == "198.51.100.7");
        PmpMapping wanted;
        wanted.innerPort = 41001;
        wanted.outerPort = 41002;
        wanted.lifeSeconds = 3600;
        QCOMPARE(toHex(encodePmpMap(wanted)), std::string("00020000a029a02a00000e10"));
        const auto given = decodePmpMap(bytesOf("0082000000000007a029a02a00000e10"));
        QVERIFY(given && *given == wanted);
        QVERIFY(decodePmpMap(bytesOf("0082000200000007a029a02a00000e10")).error().code() ==
                ErrorCode::Conflict);
        QVERIFY(!decodePmpMap(bytesOf("0081000000000007a029a02a00000e10"))); // UDP
        QVERIFY(!decodePmpAddress(bytesOf("0080000000000007c63364")));
        QVERIFY(!decodePmpAddress({}));
    }
};

QTEST_GUILESS_MAIN(TestPcpMessage)
#include "test_pcp_message.moc"
