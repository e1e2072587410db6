import createClient from "openapi-fetch";

import type { components, paths } from "./api.gen";

export type Schemas = components["schemas"];
export type Session = Schemas["SessionInfo"];
export type Row = Schemas["QueueRow"];
export type Page = Schemas["QueuePage"];
export type Case = Schemas["CasePage"];
export type Record_ = Schemas["RecordPage"];
export type Event_ = Schemas["CaseEvent"];
export type Token = Schemas["Token"];
export type Reason = Schemas["Reason"];
export type Decision = Schemas["Decision"];
export type Money = Schemas["Money"];
export type Similar = Schemas["SimilarClaim"];
export type RingPage = Schemas["RingPage"];
export type Lead = Schemas["LeadPage"];

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

/** Problem is an answer that is no success. Status 0 is no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: { detail?: string; by?: string; at?: string; kind?: string; left?: number; assignee?: string },
  ) {
    super(body.detail ?? `status ${status}`);
  }
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** ask returns the data of an answer or throws a Problem. */
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw new Problem(0, {});
  }
  if (!answer.response.ok) {
    const problem = new Problem(answer.response.status, (answer.error ?? {}) as Problem["body"]);
    if (problem.status === 401) document.dispatchEvent(new Event("session-ended"));
    throw problem;
  }
  return answer.data as T;
}

/** command is the id of a command: sent twice it happens once. */
export const command = () => crypto.randomUUID().replaceAll("-", "");

export type Acts = "take" | "release" | "assign" | "note" | "snooze" | "decide" | "determine" | "refer" | "contest" | "reopen";
export type ActBody = Omit<Schemas["ActInputBody"], "command">;

export const act = (name: Acts, id: number, body: ActBody = {}) =>
  ask(api.POST(`/api/v1/cases/{case}/${name}` as "/api/v1/cases/{case}/take", { params: { path: { case: id } }, body: { command: command(), ...body } }));
