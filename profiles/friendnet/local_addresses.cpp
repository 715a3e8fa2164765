#include "profiles/friendnet/local_addresses.h"

#include <QtCore/QDeadlineTimer>
#include <QtNetwork/QHostAddress>
#include <QtNetwork/QNetworkInterface>

#include <algorithm>

namespace tarn::profiles {

namespace {

bool isUsed(const QNetworkInterface& interface)
{
    const QNetworkInterface::InterfaceFlags flags = interface.flags();
    return flags.testFlag(QNetworkInterface::IsUp) &&
           flags.testFlag(QNetworkInterface::IsRunning) &&
           !flags.testFlag(QNetworkInterface::IsLoopBack);
}

bool isFading(const QNetworkAddressEntry& entry)
{
    return entry.isLifetimeKnown() && entry.preferredLifetime().hasExpired();
}

} // namespace

std::vector<LocalAddress> localAddressesBlocking()
{
    std::vector<LocalAddress> out;
    for (const QNetworkInterface& interface : QNetworkInterface::allInterfaces()) {
        if (!isUsed(interface)) continue;
        for (const QNetworkAddressEntry& entry : interface.addressEntries()) {
            const QHostAddress ip = entry.ip();
            if (ip.isLinkLocal() || ip.isLoopback() || ip.isMulticast() || isFading(entry))
                continue;
            boost::system::error_code bad;
            LocalAddress local;
            local.address = asio::ip::make_address(ip.toString().toStdString(), bad);
            if (bad) continue;
            local.interface = interface.name().toStdString();
            out.push_back(std::move(local));
        }
    }
    std::sort(out.begin(), out.end(),
              [](const LocalAddress& a, const LocalAddress& b) { return a.address < b.address; });
    return out;
}

} // namespace tarn::profiles
