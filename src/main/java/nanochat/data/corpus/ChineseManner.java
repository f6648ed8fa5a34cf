package nanochat.data.corpus;

import java.util.List;

/// How different people type the same Chinese question: with a word before it or behind it, without its mark, with colloquial words.
final class ChineseManner {
    private static final List<String> MARKS = List.of("？", "。", "！");
    private static final int BEFORE_PERCENT = 35;
    private static final int BEHIND_PERCENT = 15;
    private static final int UNMARKED_PERCENT = 30;
    private static final int UNQUOTED_PERCENT = 20;
    private static final int COLLOQUIAL_PERCENT = 15;
    private static final int ASCII_PERCENT = 5;

    private final List<String> before;
    private final List<String> behind;

    ChineseManner() {
        Sections sections = new Sections("zh/manner.txt");
        before = sections.lines("before");
        behind = sections.lines("behind");
    }

    /// The question as somebody might have typed it.
    String of(Draw draw, String question) {
        String typed = question;
        if (draw.percent(COLLOQUIAL_PERCENT)) {
            typed = typed.replace("什么", "啥").replace("哪里", "哪儿");
        }
        if (draw.percent(UNQUOTED_PERCENT)) {
            typed = typed.replaceAll("[“”《》]", "");
        }
        boolean behindIt = draw.percent(BEHIND_PERCENT);
        if (behindIt || draw.percent(UNMARKED_PERCENT)) {
            typed = withoutMark(typed);
        }
        if (behindIt) {
            typed += draw.of(behind);
        }
        if (draw.percent(BEFORE_PERCENT)) {
            typed = draw.of(before) + typed;
        }
        return draw.percent(ASCII_PERCENT) ? typed.replace('？', '?').replace('，', ',') : typed;
    }

    private static String withoutMark(String question) {
        return question.length() > 2 && MARKS.stream().anyMatch(question::endsWith)
                ? question.substring(0, question.length() - 1)
                : question;
    }
}
