import Testing

/// One promise that a store breaks, and which parts of the suite have to see it.
enum Fault: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case nothing = "nothing is broken"
    // Transactions
    case loseWrites = "an acknowledged write is lost"
    case loseUpdates = "an update of a shard is lost"
    case keepUndone = "what a failed transaction wrote stays"
    case readStale = "a write reads what was there before another one"
    case readTorn = "a read sees several states"
    case writeInReads = "a read may write"
    case hideErrors = "a failed transaction says something else"
    // Tasks
    case updateOthers = "an update reaches another task"
    case eraseOthers = "erasing reaches another task"
    case replayOthers = "an ID is known in all tasks"
    case bindOthers = "a binding counts in all tasks"
    case shareRows = "tasks share their rows"
    case confuseTasks = "a task that is not there is said to be open"
    // Uploads and batches
    case acceptReplays = "an ID is taken twice"
    case forgetErasedIDs = "an erased ID is forgotten"
    case reuseRows = "a row is used again"
    case acceptLate = "a late upload joins a frozen batch"
    case loseLate = "a late upload joins no batch"
    case freezeTwice = "two walks have one batch"
    case freezePart = "freezing leaves a part of the batch"
    case freezeRest = "freezing takes more than the batch"
    case keepThawed = "a batch that was given back stays"
    case postponeNothing = "what is put off stays in its batch"
    // Bindings
    case overwriteBindings = "a binding is overwritten"
    case bindTwice = "a report is bound to two jobs"
    case forgetKeys = "the key of a report that was given back is forgotten"
    case exchangeKeys = "an upload that was given back is bound to another key"
    case releaseMore = "a job gives back more than it should"
    case releaseOnErase = "erasing takes reports out of their job"
    // Jobs, walks, resources
    case mixKinds = "a shard is taken for a job of a batch"
    case shareJobIDs = "two jobs have one ID"
    case overwriteEvaluations = "a second evaluate request replaces the first"
    case commitAnything = "a commit does not look at where the shard stands"
    case overwriteSteps = "a step is recorded twice"
    case forgetHistory = "the history goes with its walk"
    case shareTimes = "two walks have one time"
    case overwriteResources = "a resource is made twice"
    case findEarliest = "the earliest of those that the same bytes asked for is found"
    case findEndedResources = "those that ended are taken for running"
    case collectTwice = "a bucket is collected twice"
    case keepShares = "shares that were erased stay"
    case keepUploads = "uploads that were erased stay"
    case forgetLeftovers = "what an ended walk has left is forgotten"
    case eraseRunning = "what a walk has that goes on is to be erased"
    case eraseBound = "what a job has is erased along with what none has"
    case shuffleOutcomes = "what became of several at once is said in another order"
    case keepNothing = "what was bound with a body is not kept"
    case keepErased = "kept bodies that were erased stay"
    case readPagesAnew = "each page of kept bodies begins at the first"
    case forgetShards = "what an ended shard keeps is forgotten"
    case eraseRunningShards = "what a shard keeps that goes on is to be erased"
    case ignoreRows = "a page is the whole batch"
    case showEarly = "what candidates decided is seen while the walk goes on"
    case mixRejected = "rejected reports of other batches are told too"
    case forgetParty = "who rejected a report is forgotten"
    // Witness and durability
    case countNothing = "the count does not rise"
    case countUploads = "the count rises with uploads"
    case forgetConflicts = "a conflict is forgotten"
    case knowOwnWork = "a word of another process's work is a conflict"
    case shareIdentity = "tasks share their identity"
    case drawNoiseAgain = "the noise key is drawn at each start"
    case loseAtStart = "bindings are lost at a start"
    // What is forgotten
    case loseFloor = "it is forgotten up to which time was forgotten"
    case forgetNothing = "what is to be forgotten stays"
    case forgetRunning = "what is needed is to be forgotten"
    case forgetOthers = "forgetting reaches another task"
    case discardEarly = "answers of any age are to be discarded"
    // Ends of tasks, and tasks that are kept
    case forgetStops = "that a task's work is over is forgotten"
    case endOthers = "the end of a task reaches another one"
    case keepOthersSecrets = "kept tasks have one another's secrets"
    case keepTwice = "a task is kept twice"
    case keepAnything = "a task is kept whatever its configuration"
    case forgetTimes = "the times of secrets are forgotten"
    case keepRemoved = "secrets that were taken out are still there"
    case hideChanges = "the revision does not rise with a change"
    case overwriteSecrets = "a change undoes another one beside it"
    case changeAnything = "a task that is not kept is changed"
    case missBodies = "what is kept of reports is not seen"
    case countLater = "what came later counts as what was there"
    // Claims
    case ignoreTokens = "an old claim is good for ever"

    var testDescription: String { rawValue }

    /// Whether it shows only in a store that keeps the bodies of a job's reports.
    var needsKeptBodies: Bool { groups == ["kept bodies"] }

    /// Whether it shows only in a store that takes several processes.
    var needsProcesses: Bool { groups.first == "claims" }

    /// The parts of the suite that have to see it, each by itself.
    var groups: [String] {
        switch self {
        case .nothing: []
        case .loseUpdates, .overwriteEvaluations, .commitAnything, .mixKinds, .shareJobIDs: ["shards"]
        case .loseWrites: ["transactions", "tasks"]
        case .keepUndone, .readTorn, .writeInReads, .hideErrors: ["transactions"]
        case .readStale: ["transactions", "two at once"]
        case .updateOthers, .bindOthers, .confuseTasks: ["tasks"]
        case .eraseOthers: ["tasks", "erasing"]
        case .replayOthers: ["tasks", "uploads"]
        case .shareRows, .reuseRows: ["rows"]
        case .acceptReplays, .forgetErasedIDs: ["uploads"]
        case .acceptLate: ["batches by time", "selected batches", "two at once"]
        case .loseLate: ["selected batches", "two at once"]
        case .freezeTwice: ["batches by time", "selected batches", "two at once"]
        case .freezeRest: ["batches by time"]
        case .keepThawed: ["batches by time", "selected batches"]
        case .freezePart, .postponeNothing: ["selected batches"]
        case .overwriteBindings, .bindTwice: ["bindings", "two at once"]
        case .releaseOnErase: ["bindings", "erasing"]
        case .forgetKeys, .exchangeKeys, .releaseMore: ["released reports"]
        case .overwriteSteps, .shareTimes: ["walks", "two at once"]
        case .forgetHistory: ["walks"]
        case .overwriteResources: ["resources", "two at once"]
        case .findEarliest, .findEndedResources: ["resources"]
        case .collectTwice: ["batch buckets", "two at once"]
        case .keepShares: ["batch buckets"]
        case .keepUploads, .forgetLeftovers, .eraseRunning, .eraseBound: ["erasing"]
        case .shuffleOutcomes: ["uploads", "bindings"]
        case .keepNothing, .keepErased, .readPagesAnew, .forgetShards, .eraseRunningShards: ["kept bodies"]
        case .ignoreRows: ["erasing", "selected batches"]
        case .showEarly, .mixRejected, .forgetParty: ["counts"]
        case .countNothing, .countUploads, .forgetConflicts, .knowOwnWork, .shareIdentity, .drawNoiseAgain: ["witness"]
        case .loseAtStart: ["durability"]
        case .loseFloor: ["expiry", "two at once"]
        case .forgetNothing, .forgetRunning, .forgetOthers, .discardEarly: ["expiry"]
        case .forgetStops: ["ends"]
        case .endOthers: ["ends", "tasks"]
        case .keepOthersSecrets, .keepTwice, .keepAnything: ["kept tasks"]
        case .forgetTimes, .keepRemoved, .hideChanges, .overwriteSecrets, .changeAnything, .missBodies, .countLater:
            ["secrets"]
        case .ignoreTokens: ["claims", "two at once"]
        }
    }
}
