import Mustache

/// The templates.
///
/// The name is what others call it by.
///
/// **None of them has a value that is not escaped**: there is no triple brace and no ampersand in a tag.
///
/// A name is looked for in what is around a section too. So what a row may lack is written with a dot before it: then only the
/// row is looked at.
enum Template: String, CaseIterable, Sendable {
    /// What is around each page; the page's name is the value `page`.
    case frame
    case login
    case problem
    case tasks
    case task
    case discover
    case question
    case live
    case walk
    case comparison
    case string
    case collection
    // Parts of pages.
    case value
    case chips
    case filter
    case pager
    case table
    case sums
    case steps
    case facts
    case rejections

    var text: String {
        switch self {
        case .frame: FrameTemplates.frame
        case .login: FrameTemplates.login
        case .problem: FrameTemplates.problem
        case .tasks: TaskTemplates.tasks
        case .task: TaskTemplates.task
        case .discover: DiscoveryTemplates.discover
        case .question: DiscoveryTemplates.question
        case .live: DiscoveryTemplates.live
        case .steps: DiscoveryTemplates.steps
        case .walk: WalkTemplates.walk
        case .table: WalkTemplates.table
        case .sums: WalkTemplates.sums
        case .value: PartTemplates.value
        case .chips: PartTemplates.chips
        case .filter: PartTemplates.filter
        case .pager: PartTemplates.pager
        case .facts: PartTemplates.facts
        case .rejections: PartTemplates.rejections
        case .comparison: ResultTemplates.comparison
        case .string: ResultTemplates.string
        case .collection: ResultTemplates.collection
        }
    }

    /// The template, which escapes as ``HTMLEscaping`` does.
    ///
    /// A template that another calls begins with the package's own escaping, whatever its caller has: so each says it anew.
    func parsed() throws(PagesError) -> MustacheTemplate {
        MustacheContentTypes.register(HTMLEscaping(), named: HTMLEscaping.name)
        do {
            return try MustacheTemplate(string: "{{% CONTENT_TYPE: \(HTMLEscaping.name)}}" + text)
        } catch {
            throw .template(name: rawValue, fault: "\(error)")
        }
    }
}
