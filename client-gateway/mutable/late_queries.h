// late_queries: how many requests whose answers nobody waits for any more may run on: as many as a
// server has connections. What lies behind those would only wait, in the way of others. Engine
// thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway {

class LateQueries : public std::enable_shared_from_this<LateQueries>
{
public:
    static constexpr std::size_t kMostPerServer = 4;

    /// Requests that run on; counted while it lives.
    class Place
    {
    public:
        Place(std::shared_ptr<LateQueries> queries, std::vector<std::string> servers);
        ~Place();
        Place(Place&& other) noexcept = default;
        Place& operator=(Place&&) = delete;

    private:
        std::shared_ptr<LateQueries> m_queries;
        std::vector<std::string> m_servers;
    };

    /// \param servers  the id of each server that has not answered, once for each request.
    /// \return nothing: one of them has too many already.
    std::optional<Place> enter(std::vector<std::string> servers);

private:
    std::map<std::string, std::size_t> m_running; ///< by server
};

} // namespace tarn::gateway
