import Mustache

/// HTML of views: all pages of the dashboard.
///
/// Each page is whole without a script, has no style and no script of its own in it, and asks nobody else for anything.
package struct Pages: Sendable {
    private let frame: MustacheTemplate
    private let library: MustacheLibrary

    /// Reads the templates.
    package init() throws(PagesError) {
        var templates: [String: MustacheTemplate] = [:]
        for template in Template.allCases { templates[template.rawValue] = try template.parsed() }
        library = MustacheLibrary(templates: templates)
        frame = try Template.frame.parsed()
    }

    /// A page: UTF-8.
    private func html(_ page: Template, _ content: Model, _ around: PageFrame) -> [UInt8] {
        let model = around.model.merging(content) { _, own in own }.merging(["page": page.rawValue]) { _, name in name }
        return Array(frame.render(model, library: library).utf8)
    }

    package func html(_ view: LoginView, _ frame: PageFrame) -> [UInt8] { html(.login, view.model, frame) }
    package func html(_ view: ProblemView, _ frame: PageFrame) -> [UInt8] { html(.problem, view.model, frame) }
    package func html(_ view: TasksView, _ frame: PageFrame) -> [UInt8] { html(.tasks, view.model, frame) }
    package func html(_ view: TaskView, _ frame: PageFrame) -> [UInt8] { html(.task, view.model, frame) }
    package func html(_ view: DiscoveryFormView, _ frame: PageFrame) -> [UInt8] { html(.discover, view.model, frame) }
    package func html(_ view: DiscoveryQuestionView, _ frame: PageFrame) -> [UInt8] {
        html(.question, view.model, frame)
    }
    package func html(_ view: LiveView, _ frame: PageFrame) -> [UInt8] { html(.live, view.model, frame) }
    package func html(_ view: WalkView, _ frame: PageFrame) -> [UInt8] { html(.walk, view.model, frame) }
    package func html(_ view: ComparisonView, _ frame: PageFrame) -> [UInt8] { html(.comparison, view.model, frame) }
    package func html(_ view: StringView, _ frame: PageFrame) -> [UInt8] { html(.string, view.model, frame) }
    package func html(_ view: CollectionView, _ frame: PageFrame) -> [UInt8] { html(.collection, view.model, frame) }

    /// A server-sent event that says how far a walk is: the same bytes for all who watch it.
    ///
    /// Spec: HTML Standard §9.2
    package func event(_ view: LiveView) -> [UInt8] { Array("data: \(view.json)\n\n".utf8) }
}

/// What a template is filled with: texts, flags, and models or lists of them.
typealias Model = [String: Any]

extension Model {
    /// A model without what is nothing.
    static func of(_ values: KeyValuePairs<String, Any?>) -> Model {
        var model: Model = [:]
        for (name, value) in values {
            if let value { model[name] = value }
        }
        return model
    }
}
