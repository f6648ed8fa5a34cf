"""Writes the bundle of this folder and what CPython makes of it: python3 write.py (3.11 was used).

random.json    draws of random.Random(seed): the oracle of PythonRandomTest
spaces.json    the characters that str.strip removes
bundle/        an evaluation bundle of three small tasks, with all that is awkward in text
prompts.json   per task the order of the rows, and per example the few-shot examples and the prompts, as docs/formulas.md#evaluation has them
"""
import json
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))


def draws(seed):
    generator = random.Random(seed)
    numbers = [generator.random() for _ in range(3)]
    bits = [generator.getrandbits(k) for k in range(33)]
    many = [generator.getrandbits(32) for _ in range(700)][-3:]  # past the first renewal of the state
    orders = []
    for size in (0, 1, 2, 3, 10, 64, 100):
        order = list(range(size))
        random.Random(seed).shuffle(order)
        orders.append(order)
    samples = []
    for size, count in ((1, 1), (5, 5), (21, 3), (22, 3), (22, 5), (85, 6), (86, 6), (85, 10), (86, 10), (1000, 10), (1000, 200), (30, 0)):
        samples.append({"size": size, "count": count, "chosen": random.Random(seed).sample(range(size), count)})
    return {"seed": seed, "random": numbers, "bits": bits, "after_many": many, "shuffled": orders, "samples": samples}


def prompts(kind, rows, index, chosen, delimiter):
    head = ""
    for i in chosen:
        shot = rows[i]
        if kind == "multiple_choice":
            head += shot["query"] + delimiter + shot["choices"][shot["gold"]] + "\n\n"
        elif kind == "schema":
            head += shot["context_options"][shot["gold"]] + delimiter + shot["continuation"] + "\n\n"
        else:
            head += shot["context"].strip() + delimiter + shot["continuation"] + "\n\n"
    row = rows[index]
    if kind == "multiple_choice":
        return [head + row["query"] + delimiter + choice for choice in row["choices"]]
    if kind == "schema":
        return [head + context + delimiter + row["continuation"] for context in row["context_options"]]
    without = head + row["context"].strip() + delimiter
    return [without.strip(), without + row["continuation"]]


TASKS = [
    {"label": "trivia", "icl_task_type": "multiple_choice", "dataset_uri": "world/trivia.jsonl", "num_fewshot": [3], "continuation_delimiter": "\nAnswer: "},
    {"label": "pronouns", "icl_task_type": "schema", "dataset_uri": "pronouns.jsonl", "num_fewshot": [2]},
    {"label": "last_words", "icl_task_type": "language_modeling", "dataset_uri": "last words.jsonl", "num_fewshot": [10]},
    {"label": "trivia, unprepared", "icl_task_type": "multiple_choice", "dataset_uri": "world/trivia.jsonl", "num_fewshot": [0]},
]

AWKWARD = ["plain", "two  spaces ", " leading", "tab\tand\nline break\n", "caf\u00e9 \u4f60\u597d \U0001f600", "\u00a0hard space\u00a0", "<b>&amp;</b>",
           "{{ item.query }} {% raw %}", "\u2028separator", "\u0085next line", "back\\slash \"quoted\"", "\u3000wide\u3000", "\u200bzero width\u200b"]


def rows(kind, count, generator):
    made = []
    for i in range(count):
        word = AWKWARD[i % len(AWKWARD)]
        if kind == "multiple_choice":
            choices = ["%s %d" % (generator.choice(["red", "green", "blue", "bluegreen"]), j) for j in range(2 + i % 4)]
            made.append({"query": "Question %d: %s?" % (i, word), "choices": choices, "gold": generator.randrange(len(choices)), "category": "colours"})
        elif kind == "schema":
            made.append({"context_options": ["The %s fell because the cup" % word, "The %s fell because the %s" % (word, "table")],
                         "continuation": "was number %d %s" % (i, word), "gold": i % 2})
        else:
            made.append({"context": "%s Number %d is followed by %s" % (word, i, word), "continuation": "%d" % (i + 1)})
    return made


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def main():
    seeds = [0, 1, 42, 1234, 1337, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40 + 5, 2**63 - 1, -7]
    write(HERE + "/random.json", json.dumps([draws(seed) for seed in seeds]) + "\n")

    write(HERE + "/spaces.json", json.dumps([c for c in range(0x10000) if chr(c).isspace()]) + "\n")

    yaml = "# Written by write.py\nicl_tasks:\n"
    for task in TASKS:
        yaml += "-\n  label: %s\n  dataset_uri: %s\n  num_fewshot: %s\n  icl_task_type: %s\n" % (
            json.dumps(task["label"]), task["dataset_uri"], task["num_fewshot"], task["icl_task_type"])
        if "continuation_delimiter" in task:
            yaml += "  continuation_delimiter: %s\n" % json.dumps(task["continuation_delimiter"])
    write(HERE + "/bundle/core.yaml", yaml)
    write(HERE + "/bundle/eval_meta_data.csv",
          "Eval Task,Task Category,#shots,Random baseline,Description\r\n"
          'trivia,world,3,25.0,"Questions, ""easy"" ones,\nover two lines"\r\n'
          "pronouns,language,2,50,\r\n"
          "another task,none,0,,never measured\r\n"
          "last_words,language,10,0,Ends\r\n"
          '"trivia, unprepared",world,0,25,\r\n')

    generator = random.Random(7)
    data = {"world/trivia.jsonl": rows("multiple_choice", 26, generator), "pronouns.jsonl": rows("schema", 13, generator),
            "last words.jsonl": rows("language_modeling", 90, generator)}
    for name, examples in data.items():
        write(HERE + "/bundle/eval_data/" + name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in examples))

    recorded = []
    for task in TASKS:
        examples = data[task["dataset_uri"]]
        order = list(range(len(examples)))
        random.Random(1337).shuffle(order)
        shuffled = [examples[i] for i in order]
        entry = {"label": task["label"], "order": order, "examples": []}
        for index in range(len(shuffled)):
            others = [i for i in range(len(shuffled)) if i != index]
            shots = task["num_fewshot"][0]
            chosen = random.Random(1234 + index).sample(others, shots) if shots > 0 else []
            entry["examples"].append({"few_shot": chosen,
                                      "prompts": prompts(task["icl_task_type"], shuffled, index, chosen, task.get("continuation_delimiter", " "))})
        recorded.append(entry)
    write(HERE + "/prompts.json", json.dumps(recorded, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
