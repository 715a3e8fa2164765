// commands: what `tarn` does, one function per subcommand, each in its file under commands/.
#pragma once

#include "client-gateway/cli/session.h"

namespace tarn::gateway::cli {

/// \return the exit code; an error is still to be reported.
Result<int> run(Session& session, const PutCommand& command);
Result<int> run(Session& session, const GetCommand& command);
Result<int> run(Session& session, const CheckCommand& command);
Result<int> run(Session& session, const DeepCheckCommand& command);
Result<int> run(Session& session, const StatusCommand& command);
Result<int> run(Session& session, const DoctorCommand& command);
Result<int> run(Session& session, const DrainCheckCommand& command);
Result<int> run(Session& session, const MkdirCommand& command);
Result<int> run(Session& session, const AddAliasCommand& command);
Result<int> run(Session& session, const CreateAliasCommand& command);
Result<int> run(Session& session, const ListAliasesCommand& command);
Result<int> run(Session& session, const RemoveAliasCommand& command);
Result<int> run(Session& session, const LsCommand& command);
Result<int> run(Session& session, const UnlinkCommand& command);
Result<int> run(Session& session, const MoveCommand& command);
Result<int> run(Session& session, const WebopenCommand& command);
Result<int> run(Session& session, const ManifestCommand& command);
Result<int> run(Session& session, const StatsCommand& command);
Result<int> run(Session& session, const CopyCommand& command);
Result<int> run(Session& session, const BackupCommand& command);
Result<int> run(Session& session, const ImportTahoeCommand& command);
Result<int> run(Session& session, const CreateGatewayCommand& command);
Result<int> run(Session& session, const CreateStorageCommand& command);
Result<int> run(Session& session, const CreateIntroducerCommand& command);
Result<int> run(Session& session, const CompletionCommand& command);
Result<int> run(Session& session, const GridManagerCommand& command);
Result<int> run(Session& session, const NodeInitCommand& command);
Result<int> run(Session& session, const NodeStartCommand& command);
Result<int> run(Session& session, const NodeStatusCommand& command);
Result<int> run(Session& session, const NodeDoctorCommand& command);
Result<int> run(Session& session, const NodeTransfersCommand& command);
Result<int> run(Session& session, const NodeLeaveCommand& command);
Result<int> run(Session& session, const JoinCommand& command);
Result<int> run(Session& session, const InviteCommand& command);
Result<int> run(Session& session, const MemberCommand& command);
Result<int> run(Session& session, const PlacementCommand& command);
Result<int> run(Session& session, const ShareCommand& command);
Result<int> run(Session& session, const InboxCommand& command);
Result<int> run(Session& session, const ClientCommand& command);
Result<int> run(Session& session, const RelayCommand& command);
/// put --dry-run: offline.
Result<int> runDryRun(Session& session, const PutCommand& command);

/// Runs the chosen command and reports its error. \return the exit code.
int runCommand(Session& session);

} // namespace tarn::gateway::cli
