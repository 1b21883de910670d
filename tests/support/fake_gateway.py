"""A gateway of a few lines, for the command line: it remembers what it got and answers from a script."""

import json
from typing import Any

import httpx2

JOB = "01936d4e-0000-7000-8000-000000000001"

TRANSCRIPT: dict[str, Any] = {
    "duration": 11.0,
    "language": "en",
    "engine": {"engine": "faster-whisper 1.2.1", "model": "base"},
    "segments": [
        {"id": 0, "start": 0.0, "end": 7.6, "text": " And so my fellow Americans, ask not"},
        {"id": 1, "start": 8.1, "end": 10.6, "text": " what your country can do for you."},
    ],
    "gaps": [],
}

ANALYSIS: dict[str, Any] = {
    "summary": "A call to serve.",
    "topics": ["country", "service"],
    "action_items": [
        {
            "task": "Ask what you can do",
            "owner": "you",
            "evidence": {"segment": 1, "start": 8.1, "quote": "can do"},
        }
    ],
    "questions": [],
    "sentiment": {"label": "positive", "score": 0.4},
    "missing": {"dates": "none were named"},
    "coverage": {"segments_total": 2, "segments_read": 1, "reason": "too long"},
    "engine": "extractive",
    "model": "rules-1",
}


def job(status: str = "queued", **fields: Any) -> dict[str, Any]:
    return {"id": JOB, "status": status, "filename": "jfk.wav", "progress": 0, "stages": [], **fields}


def problem(status: int, code: str, detail: str, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": detail, "status": status}, headers=headers)


class FakeGateway(httpx2.MockTransport):
    """`answers["GET /v1/jobs/.."]` is one answer or a list of them, given in turn, the last for ever."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(self._handle)
        self.requests: list[httpx2.Request] = []
        self.answers: dict[str, Any] = {
            "POST /v1/jobs": job(),
            f"GET /v1/jobs/{JOB}": [job("transcribing", progress=40), job("completed", progress=100)],
            f"GET /v1/jobs/{JOB}/transcript": TRANSCRIPT,
            f"GET /v1/jobs/{JOB}/analysis": ANALYSIS,
            **answers,
        }

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        key = f"{request.method} {request.url.path}"
        if key not in self.answers:
            return problem(404, "not_found", "There is nothing here, or it is not yours.")
        answer = self.answers[key]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, httpx2.Response):
            return answer
        return httpx2.Response(200, content=answer if isinstance(answer, str) else json.dumps(answer))

    def asked(self, method: str) -> list[str]:
        return [request.url.raw_path.decode() for request in self.requests if request.method == method]
