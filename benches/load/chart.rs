//! A drawing with two axes, as SVG that is read in the light and in the dark.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 52.0;

/// How everything is drawn, apart from colours.
const SHAPES: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif}.title{font-size:16px;font-weight:600}\
.value{font-size:11px}.curve{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:6 4}\
.thin{stroke-width:1.1}";

/// Paper, words, softer words, lines; then what is told apart by colour, by those who do not see all of them, too.
const LIGHT: [&str; 8] = [
    "#ffffff", "#1f2328", "#59636e", "#d8dee4", "#0b62c4", "#c25700", "#1a7f37", "#8250df",
];
const DARK: [&str; 8] = [
    "#0d1117", "#e6edf3", "#9198a1", "#30363d", "#58a6ff", "#f0883e", "#56d364", "#bc8cff",
];

/// Rules that not only browsers understand.
fn colours([paper, ink, soft, line, told_apart @ ..]: [&str; 8]) -> String {
    let mut rules = format!(
        ".paper{{fill:{paper}}}text{{fill:{soft}}}.title,.key{{fill:{ink}}}.grid{{stroke:{line}}}"
    );
    for (place, colour) in told_apart.iter().enumerate() {
        let _ = write!(
            rules,
            ".s{place}{{stroke:{colour}}}.f{place}{{fill:{colour}}}"
        );
    }
    rules
}

/// From values to places.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    least: f64,
    most: f64,
    logarithmic: bool,
}

impl Scale {
    /// From nothing to a little more than these.
    pub fn linear(values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        Self {
            least: 0.0,
            most: (most * 1.08).max(1e-9),
            logarithmic: false,
        }
    }

    /// Whole powers of ten around these.
    pub fn logarithmic(values: impl Iterator<Item = f64>) -> Self {
        let values = values.filter(|value| value.is_finite() && *value > 0.0);
        let (least, most) = values.fold((f64::INFINITY, 0.0_f64), |(least, most), value| {
            (least.min(value), most.max(value))
        });
        let (least, most) = if most > 0.0 {
            (least, most)
        } else {
            (1.0, 10.0)
        };
        let least = least.log10().floor();
        Self {
            least,
            most: most.log10().ceil().max(least + 1.0),
            logarithmic: true,
        }
    }

    /// Between 0 and 1.
    fn place(self, value: f64) -> f64 {
        let value = if self.logarithmic {
            value.log10()
        } else {
            value
        };
        ((value - self.least) / (self.most - self.least)).clamp(0.0, 1.0)
    }

    fn marks(self) -> Vec<f64> {
        if self.logarithmic {
            let mut marks = Vec::new();
            let mut power = self.least;
            while power <= self.most {
                marks.push(10_f64.powf(power));
                power += 1.0;
            }
            return marks;
        }
        let rough = self.most / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(rough);
        let mut marks = vec![0.0];
        while marks.last().is_some_and(|last| last + step <= self.most) {
            marks.push(marks.last().map_or(0.0, |last| last + step));
        }
        marks
    }
}

/// The drawing.
pub struct Chart {
    text: String,
    scale: Scale,
    /// Where the next line of the key stands.
    key: f64,
}

impl Chart {
    /// A frame with a title, and what the axes say.
    pub fn new(title: &str, across: &str, upward: &str, scale: Scale) -> Self {
        let mut text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
             <style>{SHAPES}{}@media (prefers-color-scheme:dark){{{}}}</style>\
             <rect class=\"paper\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"8\"/>\
             <text class=\"title\" x=\"{LEFT}\" y=\"26\">{title}</text>",
            colours(LIGHT),
            colours(DARK)
        );
        for mark in scale.marks() {
            let y = upward_place(scale.place(mark));
            let _ = write!(
                text,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                y + 4.0,
                told(mark)
            );
        }
        let _ = write!(
            text,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{across}</text>\
             <text transform=\"translate(20 {:.1}) rotate(-90)\" text-anchor=\"middle\">{upward}</text>",
            f64::midpoint(LEFT, WIDTH - RIGHT),
            HEIGHT - 12.0,
            f64::midpoint(TOP, HEIGHT - BOTTOM)
        );
        Self {
            text,
            scale,
            key: LEFT,
        }
    }

    /// What stands below the axis at a place between 0 and 1.
    pub fn below(&mut self, across: f64, what: &str) {
        let (x, y) = (across_place(across), HEIGHT - BOTTOM + 18.0);
        let _ = write!(
            self.text,
            "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{what}</text>"
        );
    }

    /// A line of the key, above the drawing.
    pub fn key(&mut self, name: &str, colour: usize, class: &str) {
        let (x, y) = (self.key, 46.0);
        let _ = write!(
            self.text,
            "<path class=\"curve {class} s{colour}\" d=\"M{x:.1} {}h22\"/>\
             <text class=\"key\" x=\"{:.1}\" y=\"{y}\">{name}</text>",
            y - 4.0,
            x + 28.0
        );
        self.key +=
            48.0 + 6.5 * crate::rounds::number(u64::try_from(name.chars().count()).unwrap_or(0));
    }

    /// A curve through values at places between 0 and 1.
    pub fn curve(&mut self, points: &[(f64, f64)], colour: usize, class: &str) {
        let mut path = String::new();
        for (across, value) in points.iter().filter(|(_, value)| value.is_finite()) {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            let (x, y) = (
                across_place(*across),
                upward_place(self.scale.place(*value)),
            );
            let _ = write!(path, "{letter}{x:.1} {y:.1}");
        }
        let _ = write!(
            self.text,
            "<path class=\"curve {class} s{colour}\" d=\"{path}\"/>"
        );
    }

    /// From the least to the most of a value, with a point at the middle.
    pub fn range(&mut self, across: f64, [middle, least, most]: [f64; 3], colour: usize) {
        let x = across_place(across);
        let [middle, least, most] =
            [middle, least, most].map(|value| upward_place(self.scale.place(value)));
        let _ = write!(
            self.text,
            "<path class=\"curve thin s{colour}\" d=\"M{x:.1} {least:.1}V{most:.1}\"/>\
             <circle cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"3.4\" class=\"f{colour}\"/>"
        );
    }

    /// A bar of parts that stand on one another, each with its colour, and what it says on top.
    pub fn bar(&mut self, across: f64, width: f64, parts: &[(f64, usize)], on_top: &str) {
        let x = across_place(across - width / 2.0);
        let wide = across_place(across + width / 2.0) - x;
        let mut height = 0.0;
        for (value, colour) in parts {
            let from = upward_place(self.scale.place(height));
            height += value;
            let to = upward_place(self.scale.place(height));
            let _ = write!(
                self.text,
                "<rect x=\"{x:.1}\" y=\"{to:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" class=\"f{colour}\"/>",
                (from - to).max(0.0)
            );
        }
        let (x, y) = (
            across_place(across),
            upward_place(self.scale.place(height)) - 5.0,
        );
        let _ = write!(
            self.text,
            "<text class=\"value\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{on_top}</text>"
        );
    }

    /// The drawing as a file.
    pub fn finished(self) -> String {
        self.text + "</svg>\n"
    }
}

fn across_place(place: f64) -> f64 {
    LEFT + place * (WIDTH - LEFT - RIGHT)
}

fn upward_place(place: f64) -> f64 {
    HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM)
}

/// A number as people write it beside an axis.
fn told(mark: f64) -> String {
    match mark {
        mark if mark >= 10_000.0 => format!("{:.0} k", mark / 1000.0),
        mark if mark >= 1.0 || mark == 0.0 => format!("{mark:.0}"),
        mark => format!("{mark}"),
    }
}
