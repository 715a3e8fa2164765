#include "profiles/friendnet/outbox_home.h"

namespace tarn::profiles {

asio::awaitable<Result<void>> OutboxHome::admit(std::uint64_t bytes)
{
    return m_outbox.admit(bytes);
}

} // namespace tarn::profiles
