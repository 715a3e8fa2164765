#include "storage-server/requests_under_way.h"

namespace tarn::storage {

std::size_t RequestsUnderWay::giveUp(Duration least, unsigned status, const std::string& text)
{
    std::size_t count = 0;
    for (Place& place : m_places) {
        const std::optional<Duration> away = place.m_exchange.away();
        if (!away || *away < least || !place.m_exchange.giveUp(status, text)) continue;
        place.m_counted.settle(status);
        ++count;
    }
    return count;
}

} // namespace tarn::storage
