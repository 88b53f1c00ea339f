/// The one style sheet.
///
/// Names of colours begin with a capital letter, so that none of them looks like an option of a command.
///
/// Colours have a contrast of 4.5 to 1 at least, in the light and in the dark; no kind of change is told by its colour alone.
enum Style {
    static let text = colours + page + parts + tables + drawings + screens

    private static let colours = """
        :root { color-scheme: light dark; --Ground: #ffffff; --Card: #f5f6f8; --Ink: #1b1c20; --Quiet: #565b66;
          --Line: #d4d7de; --Link: #0b57a4; --Fill: #3f83c9; --Whisker: #10325a; --Good: #1a6b32; --Bad: #a1260d;
          --Note: #fff4d6; }
        @media (prefers-color-scheme: dark) { :root { --Ground: #15161a; --Card: #1f2127; --Ink: #e7e8ec; --Quiet: #a9aeba;
          --Line: #3a3d47; --Link: #8fc1ff; --Fill: #4f92d8; --Whisker: #dcebff; --Good: #7bd493; --Bad: #ff9d85;
          --Note: #3b3216; } }

        """

    private static let page = """
        * { box-sizing: border-box; }
        html { font: 100%/1.5 system-ui, sans-serif; background: var(--Ground); color: var(--Ink);
          -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0 auto; max-width: 75rem; padding: 0 1rem 3rem; }
        main:focus, [data-region]:focus { outline: none; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 1rem 0; }
        h2 { font-size: 1.15rem; line-height: 1.3; margin: 1.5rem 0 .5rem; }
        a { color: var(--Link); text-underline-offset: .15em; }
        :focus-visible { outline: 3px solid var(--Link); outline-offset: 2px; border-radius: 2px; }
        header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between;
          border-bottom: 1px solid var(--Line); padding: .6rem 0; }
        .crumbs { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; }
        .crumbs li + li::before { content: "›"; color: var(--Quiet); margin: 0 .5rem; }
        .skip { position: absolute; left: -999rem; background: var(--Ground); padding: .5rem 1rem; z-index: 1; }
        .skip:focus { left: .5rem; top: .5rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; }
        .hint { color: var(--Quiet); font-size: .9rem; }
        .notice { background: var(--Note); border-left: .3rem solid var(--Quiet); padding: .6rem 1rem; }
        .notice.fault { border-color: var(--Bad); }
        button, input, select { font: inherit; font-weight: 400; color: inherit; background: var(--Ground); border: 1px solid var(--Quiet);
          border-radius: .35rem; padding: .35rem .7rem; min-height: 2.4rem; max-width: 100%; }
        button, select { cursor: pointer; }
        button.main, a.button { background: var(--Link); border: 1px solid var(--Link); color: var(--Ground);
          border-radius: .35rem; padding: .45rem .9rem; text-decoration: none; display: inline-block; }
        label { font-weight: 600; }
        [hidden] { display: none !important; }

        """

    private static let parts = """
        .cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
        .card { background: var(--Card); border: 1px solid var(--Line); border-radius: .6rem; padding: 1rem; }
        .card h2 { margin-top: 0; }
        .badge { font-weight: 600; }
        .facts { display: grid; gap: .3rem 1.5rem; margin: .5rem 0 1rem;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
        .facts dt { color: var(--Quiet); font-size: .85rem; }
        .facts dd { margin: 0; overflow-wrap: anywhere; }
        .filter { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: 1rem 0; }
        .filter label { max-width: 100%; }
        .filter [data-region] { display: contents; }
        .actions { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
        .chips, .totals { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .5rem 0; padding: 0; }
        .chips li { background: var(--Card); border: 1px solid var(--Line); border-radius: 1rem; padding: .15rem .7rem; }
        .chips li a { padding: .2rem .35rem; }
        .totals a { display: block; border: 1px solid var(--Line); border-radius: .4rem; padding: .3rem .7rem;
          text-decoration: none; }
        .totals a[aria-current] { border-color: var(--Link); background: var(--Card); }
        .pager { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin: 1rem 0; }
        .pager a, summary { padding: .4rem 0; }
        summary { cursor: pointer; font-weight: 600; }
        .state, .one { font-size: 1.25rem; font-weight: 600; }
        progress { width: 100%; height: 1rem; accent-color: var(--Fill); }
        .value { font-family: ui-monospace, "Liberation Mono", monospace; font-size: .92em; white-space: pre-wrap;
          overflow-wrap: anywhere; unicode-bidi: isolate; }
        .value .escape { color: var(--Bad); background: var(--Card); }
        .string .value, .whole .value, .sums .value { display: inline-block; max-width: 100%; overflow: hidden;
          vertical-align: top; }
        .whole { background: var(--Card); padding: .6rem 1rem; border-radius: .4rem; }

        """

    private static let tables = """
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding: .5rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--Line);
          font-weight: 400; }
        thead th { font-weight: 600; vertical-align: bottom; }
        thead a { text-decoration: none; }
        thead a:hover { text-decoration: underline; }
        .number { text-align: right; white-space: nowrap; }
        tbody tr:hover { background: var(--Card); }
        .strings .string { width: 50%; min-width: 14rem; }
        .change { white-space: nowrap; }
        .change.new, .change.risen { color: var(--Good); }
        .change.gone, .change.fallen { color: var(--Bad); }

        """

    private static let drawings = """
        svg { display: block; max-width: 100%; }
        .bar { width: 100%; height: .4rem; margin-top: .25rem; }
        .fill { fill: var(--Fill); }
        .whisker { fill: var(--Whisker); }
        .trend svg { width: 6.25rem; height: 1.5rem; overflow: visible; }
        .trend.big svg { width: min(100%, 40rem); height: 9.6rem; }
        .trend polyline { fill: none; stroke: var(--Fill); stroke-width: 1.5; stroke-linejoin: round; }
        .trend.big polyline { stroke-width: .6; }
        .trend circle { fill: var(--Link); }
        figure { margin: 1rem 0; max-width: 40rem; }
        figcaption { color: var(--Quiet); font-size: .9rem; }
        .tree { width: 100%; background: var(--Card); border-radius: .4rem; }
        .tree .asked { fill: var(--Line); }
        .tree .kept { fill: var(--Fill); }
        @media (forced-colors: active) { .fill, .whisker, .kept, .trend circle { fill: CanvasText; }
          .trend polyline { stroke: CanvasText; } }

        """

    /// A narrow screen has a row in two or three lines; paper has no forms; and nothing moves that need not.
    private static let screens = """
        @media (max-width: 44rem) {
          .strings thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          .strings, .strings tbody { display: block; }
          .strings tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; border-bottom: 1px solid var(--Line);
            padding: .5rem 0; }
          .strings td, .strings th { border: 0; padding: 0; }
          .strings .string { width: auto; min-width: 0; flex: 1 0 75%; }
          .strings td[data-label]::before { content: attr(data-label) " "; color: var(--Quiet); font-size: .85rem; }
          .strings .copy { margin-left: auto; }
        }
        @media (prefers-reduced-motion: no-preference) { .tree rect { transition: width .3s, x .3s; } }
        @media print {
          :root { --Ground: #fff; --Card: #fff; --Ink: #000; --Quiet: #333; --Line: #999; --Link: #000; }
          .filter, .logout, .actions, .pager, .copy, .skip, button, a.button { display: none !important; }
          .scroll { overflow: visible; }
          body { max-width: none; }
          tr { break-inside: avoid; }
          .fill, .kept { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }

        """
}
