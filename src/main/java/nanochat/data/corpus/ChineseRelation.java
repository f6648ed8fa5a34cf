package nanochat.data.corpus;

import java.util.Locale;

/// What a Chinese fact says about its subject: a section of `zh/phrasings.txt`, and two columns of a table.
enum ChineseRelation {
    /// 法国：巴黎。
    CAPITAL("countries", "国家", "首都"),
    /// 巴黎：法国。
    CAPITAL_OF("countries", "首都", "国家"),
    /// 法国：欧洲。
    CONTINENT("countries", "国家", "洲"),
    /// 金：Au。
    SYMBOL("elements", "元素", "符号"),
    /// Au：金。
    ELEMENT("elements", "符号", "元素"),
    /// 冷：热，热：冷；表里的一行是两个事实。
    OPPOSITE("opposites", "词", "反义词"),
    /// 床前明月光：疑是地上霜。
    NEXT_LINE("poems", "上句", "下句"),
    /// 疑是地上霜：床前明月光。
    PREVIOUS_LINE("poems", "下句", "上句"),
    /// 静夜思：李白。
    POET("poems", "诗", "作者"),
    /// 红楼梦：曹雪芹。
    AUTHOR("works", "作品", "作者"),
    /// 亡羊补牢：它的意思。
    IDIOM_MEANING("idioms", "成语", "意思"),
    /// 亡羊：补牢。
    IDIOM_REST("idioms", "成语", "成语"),
    /// 猫：喵喵。
    SOUND("animals", "动物", "叫声"),
    /// 青蛙：蝌蚪。
    YOUNG("animals", "动物", "幼崽"),
    /// 草：绿色。
    COLOR("colors", "东西", "颜色"),
    /// 地球：三。
    PLANET("planets", "行星", "次序"),
    /// 星期五：星期六。
    NEXT_DAY("weekdays", "星期", "第二天"),
    /// 星期五：星期四。
    PREVIOUS_DAY("weekdays", "星期", "前一天"),
    /// 五月：六月。
    NEXT_MONTH("months", "月份", "下个月"),
    /// 五月：春天。
    SEASON("months", "月份", "季节");

    private final String table;
    private final String subjectColumn;
    private final String answerColumn;

    ChineseRelation(String table, String subjectColumn, String answerColumn) {
        this.table = table;
        this.subjectColumn = subjectColumn;
        this.answerColumn = answerColumn;
    }

    String table() {
        return table;
    }

    String subjectColumn() {
        return subjectColumn;
    }

    String answerColumn() {
        return answerColumn;
    }

    /// The name of the section of phrasings: `next line`.
    String section() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /// What questions of this relation are counted as.
    ChineseKind kind() {
        return switch (this) {
            case NEXT_LINE, PREVIOUS_LINE, POET -> ChineseKind.POEM;
            case IDIOM_MEANING, IDIOM_REST -> ChineseKind.IDIOM;
            case CAPITAL, CAPITAL_OF, CONTINENT, SYMBOL, ELEMENT, OPPOSITE, AUTHOR, SOUND, YOUNG, COLOR, PLANET, NEXT_DAY, PREVIOUS_DAY,
                    NEXT_MONTH, SEASON -> ChineseKind.FACT;
        };
    }
}
