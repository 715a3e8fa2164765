#include "client-gateway/cli/copy/copy_place.h"

#include "client-gateway/cli/reports.h"
#include "core/cap/parse.h"

namespace tarn::gateway::cli {

namespace {

Result<void> lookLocally(Place& place)
{
    Result<LocalInfo> found = examineBlocking(place.path, Links::Follow);
    if (!found && found.error().code() == ErrorCode::NotFound) return ok();
    if (!found) return std::move(found).error().within(place.path);
    place.local = *found;
    const bool isDirectory = found->kind == LocalInfo::Kind::Directory;
    place.kind = isDirectory ? Place::Kind::Directory : Place::Kind::File;
    return ok();
}

Result<void> lookOnTheGrid(Session& session, Place& place)
{
    TARN_TRY(const Answer answer, session.ask("GET", place.remote, "?t=json"));
    if (answer.status == 404) return ok();
    if (answer.status != 200)
        return refusal(answer.status, answer.body).within("cannot examine " + place.label());
    TARN_TRY(place.description, readDescription(answer.body));
    const bool isDirectory = place.description.self.kind == NodeInfo::Kind::Directory;
    place.kind = isDirectory ? Place::Kind::Directory : Place::Kind::File;
    return ok();
}

} // namespace

std::string Place::label() const
{
    if (isLocal()) return path;
    if (!cap::looksLikeCap(argument)) return argument;
    return remote.path.empty() ? remote.cap.substr(0, 16) + "..." : remote.path;
}

CopySource Place::source() const
{
    CopySource source;
    source.label = label();
    if (isLocal()) {
        source.path = path;
        source.stamp = local.stamp;
        source.size = local.stamp.size;
        source.modified = local.modified;
    } else {
        source.node = description.self;
        source.size = description.self.size.value_or(0U);
        source.modified = description.self.contentChanged;
    }
    return source;
}

Result<Place> findPlace(Session& session, const std::string& argument)
{
    TARN_TRY(const Aliases aliases, session.aliases());
    TARN_TRY(std::optional<RemotePath> remote, resolveUnlessLocal(aliases, argument));
    Place place;
    place.argument = argument;
    place.endsWithSlash = argument.ends_with('/');
    if (remote) {
        place.remote = *std::move(remote);
        while (place.remote.path.ends_with('/'))
            place.remote.path.pop_back();
        place.name = place.remote.name();
        TARN_TRY_VOID(lookOnTheGrid(session, place));
    } else {
        place.path = absolutePath(argument);
        place.name = place.path.substr(place.path.rfind('/') + 1);
        TARN_TRY_VOID(lookLocally(place));
    }
    return place;
}

} // namespace tarn::gateway::cli
