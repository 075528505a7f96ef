"""Why a row is set aside, why one is skipped, what was tidied, and what a reader of a delivery should know.

What belongs here: four closed vocabularies with their Chinese wording. Codes go into receipts,
quarantine and health tables; the wording goes to the departments. Nothing else may be written there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CAVEATS", "REASONS", "SKIPS", "TIDIED", "Reason", "caveat", "caveat_text"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for quarantine: what is wrong, and what the sender should do."""

    title: str
    fix: str


REASONS: Mapping[str, Reason] = {
    "row_shape": Reason("该行单元格数多于表头", "检查该行是否多出分隔符(如金额中的逗号未加引号),修正后重报"),
    "row_short": Reason("该行单元格数少于表头", "检查该行是否缺少分隔符或被换行截断,空单元格也保留分隔符,修正后重报"),
    "broken_text": Reason("该行含无法识别的字符", "用UTF-8或GB18030编码重新导出该行后重报"),
    "missing_required": Reason("必填项为空", "补填该单元格后重报"),
    "id_masked": Reason("身份证号被遮盖", "提供完整的身份证号后重报"),
    "id_shape": Reason("身份证号位数或字符有误", "核对为18位(或15位)身份证号后重报"),
    "id_birth_date": Reason("身份证号中的出生日期不存在或晚于今天", "核对身份证号后重报"),
    "id_checksum": Reason("身份证号校验码不符", "核对身份证号后重报"),
    "excel_number": Reason("号码被表格软件转成数字,末尾数字已丢失", "将该列设为文本格式,从业务系统重新导出后重报"),
    "cell_error": Reason("单元格是公式错误值", "改正公式或填入数值后重报"),
    "bad_date": Reason("日期无法识别或不存在", "按2024-03-01的样式填写后重报"),
    "future_date": Reason("日期晚于今天", "核对日期后重报"),
    "bad_month": Reason("月份无法识别", "按2024-03的样式填写后重报"),
    "bad_period": Reason("所属期无法识别", "按2024-03(月)或2024(年)的样式填写后重报"),
    "bad_money": Reason("金额无法识别", "填写数字(可带两位小数)后重报"),
    "bad_integer": Reason("不是整数", "填写整数后重报"),
    "bad_boolean": Reason("不是“是”或“否”", "填写“是”或“否”后重报"),
    "out_of_range": Reason("数值超出允许范围", "核对数值后重报"),
    "unknown_code": Reason("不在代码表中的取值", "改用模板下拉列表中的取值;确为新增类别的,请先与民政局约定"),
    "text_too_long": Reason("文字过长,可能发生了串行", "检查该行引号和分隔符后重报"),
    "negative_without_number": Reason("负数金额没有业务编号,无法冲销", "补填被冲销款项的业务编号后重报"),
    "ends_before_start": Reason("结束日期早于开始日期", "核对两个日期后重报"),
}

SKIPS: Mapping[str, str] = {
    "title": "表头以上的标题行",
    "blank": "空行",
    "header": "重复出现的表头行",
    "total": "合计、小计行",
    "footer": "落款、说明行",
}

TIDIED: Mapping[str, str] = {
    "id_15_to_18": "15位身份证号升为18位",
    "id_tidied": "身份证号中的空格、全角字符或小写x",
    "number_tidied": "编号中的空格、全角字符",
    "name_tidied": "姓名中的空格和间隔号",
    "text_tidied": "文字中的空格和换行",
    "phone_tidied": "电话号码的写法",
    "date_restyled": "日期的写法",
    "month_restyled": "月份的写法",
    "period_restyled": "所属期的写法",
    "money_restyled": "金额的写法",
    "money_rounded": "金额四舍五入到分",
    "integer_restyled": "整数的写法",
}

CAVEATS: Mapping[str, str] = {
    "unknown_columns": "契约之外的列,未读取",
    "dropped_columns": "契约约定不读取的列",
    "doubled_columns": "重复的列,只读取第一个",
    "optional_columns_absent": "文件中没有的选填列",
    "optional_identifier_dropped": "选填的身份证号无效,已置空(该行保留)",
    "phone_dropped": "联系电话无效,已置空(该行保留)",
    "other_sheets": "没有所需表头的工作表,未读取",
    "hidden_sheets": "隐藏的工作表,未读取",
    "two_row_header": "表头占两行的工作表",
    "extension_differs": "扩展名与文件实际格式不符",
    "birth_date_differs": "出生日期与身份证号不符,以身份证号为准",
}


def caveat(code: str, count: int) -> str:
    """A caveat as it stands on a receipt: `code:count`; raises `KeyError` for a code not declared here."""
    return f"{code}:{count}" if CAVEATS[code] else ""


def caveat_text(text: str) -> str:
    """The Chinese wording of a caveat on a receipt."""
    code, _, count = text.partition(":")
    return f"{CAVEATS[code]}:{count}"
