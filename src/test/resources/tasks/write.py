# Wrote the files beside this one, with pyarrow 25: python3 write.py .
# The columns and their types are those of the data sets on the Hub; the rows are made up.
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

out = sys.argv[1]
message = pa.struct([("content", pa.string()), ("role", pa.string())])
labelled = pa.struct([("text", pa.list_(pa.string())), ("label", pa.list_(pa.string()))])


def write(name, columns, **options):
    pq.write_table(pa.table(columns), os.path.join(out, name), compression="snappy", **options)


def talk(i):
    turns = [("system", f"Be brief {i}.")] if i % 3 == 0 else []
    for turn in range(1 + i % 2):
        turns += [("user", f"Talk {i}, question {turn}?"), ("assistant", f"Answer {turn}: {'é漢😀' * (i % 4)}.")]
    return [{"content": content, "role": role} for role, content in turns]


def talks(numbers):
    return {"messages": pa.array([talk(i) for i in numbers], pa.list_(message)),
            "source": pa.array(["made-up" for _ in numbers])}


write("smoltalk-0.parquet", talks(range(0, 23)), row_group_size=10)
write("smoltalk-1.parquet", talks(range(23, 30)), row_group_size=10)

arc = [
    ("Which of these is a liquid at room temperature?", ["iron", "water", "oxygen", "sand"], ["A", "B", "C", "D"], "B"),
    ("What do plants take in to make sugar?", ["light", "noise", "gravity"], ["A", "B", "C"], "A"),
    ("Which one is the lightest?", ["a stone", "a brick", "a log", "a feather"], ["1", "2", "3", "4"], "4"),
    ("What turns once a day?", ["the moon", "a comet", "the sun", "the galaxy", "the earth"], ["A", "B", "C", "D", "E"], "E"),
]
arc_columns = {
    "id": pa.array([f"made-up-{i}" for i in range(len(arc))]),
    "question": pa.array([q for q, _, _, _ in arc]),
    "choices": pa.array([{"text": texts, "label": labels} for _, texts, labels, _ in arc], labelled),
    "answerKey": pa.array([key for _, _, _, key in arc]),
}
write("arc.parquet", arc_columns)
write("arc-wrong-key.parquet", {**arc_columns, "answerKey": pa.array(["B", "A", "D", "E"])}, row_group_size=2)
write("arc-no-choices.parquet", {name: arc_columns[name] for name in ("id", "question", "answerKey")})
write("arc-empty.parquet", {name: column.slice(0, 0) for name, column in arc_columns.items()})

mmlu = {
    "question": [f"What is {i} + {i}?" for i in range(12)],
    "subject": ["made_up_arithmetic"] * 12,
    "choices": [[str(2 * i + k - i % 4) for k in range(4)] for i in range(12)],
    "answer": [i % 4 for i in range(12)],
}
mmlu_types = {"question": pa.string(), "subject": pa.string(), "choices": pa.list_(pa.string()), "answer": pa.int64()}
write("mmlu.parquet", {name: pa.array(mmlu[name], mmlu_types[name]) for name in mmlu}, row_group_size=5)
rows = [dict(zip(mmlu, row)) for row in zip(*mmlu.values())]
write("mmlu-wrapped.parquet", {"train": pa.array(rows, pa.struct(list(mmlu_types.items())))})

gsm8k = [
    ("Ann has 3 boxes of 4 apples. She eats 2. How many are left?",
     "She has 3*4=<<3*4=12>>12 apples.\nThen 12-2=<<12-2=10>>10 are left.\n#### 10"),
    ("A car costs $1,200 and a bike $300. What do both cost?", "Both cost 1200+300=$<<1200+300=1500>>1,500.\n#### 1,500"),
    ("It is 5 degrees and gets 9 colder. How warm is it?", "It is 5-9=<<5-9=-4>>-4 degrees.\n#### -4"),
    ("Half of a pie is shared by two. How much does each get?", "Each gets .5/2=<<.5/2=.25>>.25 of it.\n#### .25"),
    ("How many legs has a cat?", "A cat has four legs.\n#### 4"),
]
gsm8k_columns = {"question": pa.array([q for q, _ in gsm8k]), "answer": pa.array([a for _, a in gsm8k])}
write("gsm8k.parquet", gsm8k_columns)

humaneval = [
    ("import math\nfrom typing import List\n\n\ndef area(radius: float) -> float:\n    \"\"\" The area of a circle.\n    \"\"\"\n",
     "    return math.pi * radius ** 2\n",
     "\n\nMETADATA = {}\n\n\ndef check(candidate):\n    assert abs(candidate(1) - 3.14159) < 1e-4\n    assert candidate(0) == 0\n",
     "area"),
    ("\ndef double(x: int) -> int:\n    \"\"\" Twice x.\n    >>> double(2)\n    4\n    \"\"\"\n", "    return x + x\n",
     "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-3) == -6\n", "double"),
]
write("humaneval.parquet", {
    "task_id": pa.array([f"MadeUp/{i}" for i in range(len(humaneval))]),
    "prompt": pa.array([row[0] for row in humaneval]),
    "canonical_solution": pa.array([row[1] for row in humaneval]),
    "test": pa.array([row[2] for row in humaneval]),
    "entry_point": pa.array([row[3] for row in humaneval]),
})
